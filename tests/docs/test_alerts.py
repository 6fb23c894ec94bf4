"""docs/prometheus/alerts.yml: its alerts fire when they should, and say what to do."""

import re
import subprocess

import pytest
import yaml

from tests.docs.alerts import ALERTS, FOLDER, RULES, TESTS
from trio_ingest.admin.families import families

LABELS_OF_PROMETHEUS = {"job", "instance"}
OTHER_METRICS = {"up", "process_start_time_seconds"}

FIRED = {
    sample["labels"]
    for story in yaml.safe_load(TESTS.read_text(encoding="utf-8"))["tests"]
    for question in story.get("promql_expr_test", ())
    for sample in question["exp_samples"]
}
ALERT = pytest.mark.parametrize("name", ALERTS)


@pytest.mark.servers
@pytest.mark.parametrize(
    "command", [("check", "rules", RULES.name), ("test", "rules", TESTS.name)], ids=" ".join
)
def test_promtool(command: tuple[str, ...]) -> None:
    """Prometheus' own tool takes the rules, and its tests of them pass."""
    done = subprocess.run(
        ["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


@ALERT
def test_every_alert_is_tested(name: str) -> None:
    """There is a story in which it fires."""
    assert f'{{alertname="{name}"}}' in FIRED


@ALERT
def test_every_alert_has_a_runbook(name: str) -> None:
    """It says what is the matter in a line and in some, how bad it is, and where to read on."""
    alert = ALERTS[name]

    assert {"summary", "description", "runbook"} == alert["annotations"].keys()
    assert f"docs/runbook.md#{name.lower()}" == alert["annotations"]["runbook"]
    assert alert["labels"]["severity"] in ("critical", "warning")


@ALERT
def test_every_metric_exists(name: str) -> None:
    """It asks for metrics that the daemon has, and tells of labels that they have."""
    alert = ALERTS[name]
    ours = {
        f"trio_ingest_{each.name}{'_total' if each.kind == 'counter' else ''}": set(each.labels)
        for each in families()
    }
    metrics = set(re.findall(r"\b(?:trio_ingest|process)_\w+|\bup\b", alert["expr"]))
    labels = LABELS_OF_PROMETHEUS.union(*(ours.get(metric, ()) for metric in metrics))
    told = set(re.findall(r"\$labels\.(\w+)", str(alert["annotations"])))

    assert metrics
    assert metrics <= ours.keys() | OTHER_METRICS
    assert told <= labels
    assert set(re.findall(r"(\w+)!?=~?\"", alert["expr"])) <= labels
