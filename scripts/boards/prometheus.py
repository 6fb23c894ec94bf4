"""How the daemon's board asks Prometheus."""

from scripts.boards.panels import Json

PLUGIN = "prometheus"
OURS = 'job="$job",instance=~"$instance"'
HOME = OURS + ',home=~"$home"'
SINK = OURS + ',sink=~"$sink"'
BOTH = OURS + ',home=~"$home",sink=~"$sink"'


def ask(expression: str, legend: str = "") -> Json:
    """Return a target; `OURS`, `HOME`, `SINK` and `BOTH` in it are the labels of these names."""
    for name, labels in {"OURS": OURS, "HOME": HOME, "SINK": SINK, "BOTH": BOTH}.items():
        expression = expression.replace(f"{{{name}", f"{{{labels}")
    return {"expr": expression, "legendFormat": legend, "range": True}
