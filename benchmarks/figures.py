"""What a benchmark has found: figures, each with the goal that it is held against."""

from collections.abc import Iterable, Sequence
from math import isnan

from attrs import frozen
from rich.console import Console
from rich.table import Table


@frozen(kw_only=True)
class Figure:
    """One measured value. `goal` is the least it should be, or the most if `less_is_better`.

    A ratio was measured within one run, so it means much the same on any machine.
    """

    name: str
    value: float
    unit: str = ""
    goal: float | None = None
    less_is_better: bool = False
    is_ratio: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the goal is met; nothing, when there is none."""
        if self.goal is None or isnan(self.value):
            return ""
        is_met = self.value <= self.goal if self.less_is_better else self.value >= self.goal
        return "met" if is_met else "missed"


def halved(figures: Iterable[Figure], expected: dict[str, float]) -> Sequence[str]:
    """Return what there is to say of ratios that are half as good as they were when committed."""
    complaints = []
    for figure in figures:
        before = expected.get(figure.name)
        if before is None or not figure.is_ratio:
            continue
        worse = figure.value / before if figure.less_is_better else before / figure.value
        if worse > 2:
            complaints.append(f"{figure.name}: {figure.value:.2f}, and it was {before:.2f}")
    return complaints


def show(title: str, figures: Sequence[Figure]) -> None:
    table = Table("", "measured", "goal", "", title=title, title_justify="left")
    for figure in figures:
        sign = "≤" if figure.less_is_better else "≥"
        goal = "" if figure.goal is None else f"{sign} {shown(figure.goal)} {figure.unit}"
        table.add_row(figure.name, f"{shown(figure.value)} {figure.unit}", goal, figure.verdict)
    Console().print(table)


def shown(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
