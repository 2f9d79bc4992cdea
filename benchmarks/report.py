"""The benchmark's results as a table in Markdown and a figure in SVG, both made from the CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from contenders import CONTENDERS
from matplotlib.figure import Figure
from steps import EAGER, LIMITS, NETWORKS, OPTIMIZERS, VERBS

from course_lib.figures import PALETTE, svg

Row = dict[str, Any]

KEYS = {
    "steps": ("network", "optimizer", "contender"),
    "graph": ("contender", "collector"),
    "gradient_check": ("way",),
}


def merge(path: Path, new: list[Row], keys: tuple[str, ...]) -> list[Row]:
    """Replace the rows of a CSV file that `new` holds again, keep the others; return them all."""
    old: list[Row] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            old = [{k: v for k, v in row.items() if v != ""} for row in csv.DictReader(file)]

    def key(row: Row) -> tuple[str, ...]:
        return tuple(str(row.get(k, "")) for k in keys)

    merged = {key(row): row for row in [*old, *new]}
    rows = list(merged.values())
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def table(steps: list[Row], graph: list[Row], check: list[Row], machine: str) -> str:
    """Return all results as Markdown."""
    parts = [
        "# What a training step costs\n",
        "Time of a training step (forward, backward, update) over the time of the matrix products "
        "that it needs: the median, and in brackets the tenth and ninetieth percentile of "
        "the rounds. 1.00 would be nothing but those products, as NumPy computes them.\n",
        f"{machine}\n",
    ]
    at = {(r["network"], r["optimizer"], r["contender"]): r for r in steps}
    for optimizer in OPTIMIZERS:
        here = [n for n in NETWORKS if any(k[:2] == (n, optimizer) for k in at)]
        if not here:
            continue
        header = [f"{n}, batch {NETWORKS[n][1]}" for n in here]
        parts.append(f"## {optimizer}\n")
        parts.append("| | " + " | ".join(header) + " |")
        parts.append("|---|" + "---|" * len(here))
        for name in CONTENDERS:
            cells = [_cell(at.get((n, optimizer, name))) for n in here]
            parts.append(f"| {name} | " + " | ".join(cells) + " |")
        parts.append(
            "| *the verbs over PyTorch* | " + " | ".join(_shares(at, here, optimizer)) + " |\n"
        )
    parts += _graph_table(graph) + _check_table(check)
    return "\n".join(parts).rstrip() + "\n"


def _shares(at: dict[Any, Row], networks: list[str], optimizer: str) -> list[str]:
    """Return the time of the verbs over that of PyTorch's eager mode, with the promise."""
    cells = []
    for n in networks:
        ours, eager = at.get((n, optimizer, VERBS)), at.get((n, optimizer, EAGER))
        if ours and eager and eager.get("ratio"):
            share = float(ours["ratio"]) / float(eager["ratio"])
            cells.append(f"{share:.2f} (≤ {LIMITS[n]:g})")
        else:
            cells.append("not run")
    return cells


def _cell(row: Row | None) -> str:
    if row is None:
        return "not run"
    if not row.get("ratio"):
        return str(row["note"])
    ratio, low, high = (float(row[k]) for k in ("ratio", "low", "high"))
    return f"{ratio:.2f} ({low:.2f}–{high:.2f})"


def _graph_table(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    parts = [
        "## The scalar graph\n",
        "micrograd's moons demo (2-16-16-1, 100 points): time of a step, and how many times "
        "micrograd's speed. With the garbage collector off, garbage is collected at nobody's "
        "cost.\n",
        "| | collector | ms a step | × micrograd |",
        "|---|---|---|---|",
    ]
    for r in rows:
        if r.get("note"):
            parts.append(f"| {r['contender']} | | {r['note']} | |")
            continue
        times = f"{float(r['times']):.1f} ({float(r['low']):.1f}–{float(r['high']):.1f})"
        parts.append(f"| {r['contender']} | {r['collector']} | {r['milliseconds']} | {times} |")
    return [*parts, ""]


def _check_table(rows: list[Row]) -> list[str]:
    if not rows:
        return []
    parts = [
        "## The gradient check\n",
        "All 2,410 parameters of 64-32-10, batch 64, float64, against a loop with two forward "
        "passes per parameter.\n",
        "| | ms | share of the loop's time |",
        "|---|---|---|",
    ]
    for r in rows:
        share = f"{float(r['share']):.4f} ({float(r['low']):.4f}–{float(r['high']):.4f})"
        parts.append(f"| {r['way']} | {r['milliseconds']} | {share} |")
    return parts


def figure(steps: list[Row]) -> str:
    """Return the ratios of all contenders as SVG, a panel for each network."""
    rows = [r for r in steps if r.get("ratio") and r["contender"] in CONTENDERS]
    networks = [n for n in NETWORKS if any(r["network"] == n for r in rows)]
    names = [n for n in CONTENDERS if any(r["contender"] == n for r in rows)]
    drawing = Figure(figsize=(10.0, 1.2 + 0.34 * len(names)), facecolor="none")
    panels = drawing.subplots(1, len(networks), sharey=True, squeeze=False)[0]
    marks = {"SGD": ("o", PALETTE["forward"]), "Adam": ("D", PALETTE["backward"])}
    for panel, network in zip(panels, networks, strict=True):
        for optimizer, (mark, colour) in marks.items():
            for r in rows:
                if (r["network"], r["optimizer"]) != (network, optimizer):
                    continue
                y = names.index(r["contender"]) + (0.14 if optimizer == "Adam" else -0.14)
                panel.plot([float(r["low"]), float(r["high"])], [y, y], color=colour, linewidth=1.2)
                panel.plot(float(r["ratio"]), y, mark, color=colour, markersize=4.5)
        panel.set_xscale("log")
        panel.set_facecolor("none")
        panel.axvline(1.0, color=PALETTE["quiet"], linewidth=0.8)
        panel.set_title(network, fontsize=9, color=PALETTE["ink"])
        furthest = panel.get_xlim()[1]
        ticks = [t for t in ((1, 10, 100) if furthest > 20 else (1, 2, 5, 10)) if t <= furthest]
        panel.set_xticks(ticks, [str(t) for t in ticks])
        panel.minorticks_off()
        panel.tick_params(labelsize=8, colors=PALETTE["ink"], length=2)
        panel.tick_params(axis="y", length=0)
        panel.axhspan(-0.45, 1.45, color=PALETTE["fill"], linewidth=0, zorder=0)
        for side in ("top", "right", "left"):
            panel.spines[side].set_visible(False)
        panel.spines["bottom"].set_color(PALETTE["quiet"])
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    drawing.supxlabel(
        "time of a training step over its matrix products   (● SGD   ◆ Adam)",
        fontsize=9,
        color=PALETTE["ink"],
    )
    drawing.subplots_adjust(left=0.12, right=0.99, top=0.9, bottom=0.2, wspace=0.12)
    ours = [r for r in rows if r["contender"] == VERBS]
    alt = "Time of a training step over its matrix products. course_lib's verbs: " + "; ".join(
        f"{r['network']} {r['optimizer']} {float(r['ratio']):.2f}" for r in ours
    )
    return svg(drawing, alt, salt="cost")
