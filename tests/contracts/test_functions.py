"""No function is longer than a page or asks for more than anyone keeps in mind, but for those named here."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "phonofilm"
LINES, PARAMETERS = 60, 8
Function = ast.FunctionDef | ast.AsyncFunctionDef
OPTIONS = "a door whose options are each a keyword with a default"
SETTING = "each parameter is a field of a setting, a form or a wire"
DRAWING = "a drawing from back to front, stroke after stroke"
MIGRATION = "tables, written down once"
LONG = "to be parted"
EXCEPTIONS: dict[str, tuple[int, int, str]] = {
    "__init__.py generate": (60, 13, OPTIONS),
    "clip/package.py package": (60, 9, OPTIONS),
    "engines/diffusers.py __init__": (60, 14, OPTIONS),
    "engines/remote/ark.py __init__": (60, 9, OPTIONS),
    "engines/remote/vendor.py __init__": (60, 9, OPTIONS),
    "jobs/service.py submit": (63, 10, OPTIONS),
    "jobs/service.py list": (60, 14, OPTIONS),
    "media/packaging/package.py package": (75, 12, OPTIONS),
    "media/sheet.py card": (60, 10, OPTIONS),
    "pipeline/generate.py generate": (60, 9, OPTIONS),
    "storage/fetch.py fetch": (60, 9, OPTIONS),
    "model/video_ends.py __init__": (60, 9, SETTING),
    "server/dialects/native.py every": (60, 12, SETTING),
    "server/dialects/openai_make.py _from_clip": (60, 10, SETTING),
    "server/mcp.py submit_video": (60, 10, SETTING),
    "server/routes/series.py modelled": (60, 13, SETTING),
    "trust/classify/classifier_onnx.py __init__": (60, 10, SETTING),
    "theatre/paper/faces.py draw": (62, 8, DRAWING),
    "theatre/paper/faces.py _hat": (63, 8, DRAWING),
    "theatre/paper/figures.py _torso": (101, 8, DRAWING),
    "theatre/paper/pieces.py ruined_castle": (88, 8, DRAWING),
    "theatre/paper/pieces.py robot": (72, 8, DRAWING),
    "theatre/places/built.py stage": (69, 8, DRAWING),
    "theatre/places/built.py room": (119, 8, DRAWING),
    "theatre/places/nature.py beach": (75, 8, DRAWING),
    "theatre/places/nature.py snow": (77, 8, DRAWING),
    "theatre/places/nature.py forest": (110, 8, DRAWING),
    "theatre/places/nature.py desert": (82, 8, DRAWING),
    "theatre/places/realms.py underwater": (74, 8, DRAWING),
    "theatre/places/setting.py tree": (98, 8, DRAWING),
    "jobs/store/migrations/versions/0001_first_tables.py upgrade": (349, 8, MIGRATION),
    "jobs/store/migrations/versions/0001_first_tables.py downgrade": (76, 8, MIGRATION),
    "engines/remote/vendor.py poll": (61, 8, LONG),
    "evals/cli.py run": (63, 8, LONG),
    "evals/report.py tables": (103, 8, LONG),
    "jobs/library/assets.py store": (77, 8, LONG),
    "jobs/moderation/review.py decide": (63, 8, LONG),
    "jobs/observe/series.py series": (65, 8, LONG),
    "server/app.py create_app": (67, 8, LONG),
    "server/dialects/ark_create.py read": (69, 8, LONG),
    "server/dialects/native.py shown": (71, 8, LONG),
    "spec/capability.py admit": (61, 8, LONG),
    "theatre/moves/physics.py launch": (60, 9, LONG),
    "train/canvases.py build": (83, 13, LONG),
    "votes/sittings.py vote": (65, 8, LONG),
}
"""Lines and parameters of each at most, and why. The list may only shrink."""


def _inner(node: ast.AST) -> int:
    """Lines of the functions within it, which are counted for themselves (routers and closures are many of them)."""
    lines = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            lines += child.end_lineno - min(one.lineno for one in (child, *child.decorator_list)) + 1
        else:
            lines += _inner(child)
    return lines


def _measured() -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, Function):
                said = node.args
                names = [one.arg for one in (*said.posonlyargs, *said.args, *said.kwonlyargs)]
                count = len(names) - (names[:1] in (["self"], ["cls"])) + bool(said.vararg) + bool(said.kwarg)
                lines = node.end_lineno - node.lineno + 1 - _inner(node)
                name = f"{path.relative_to(SOURCE)} {node.name}"
                before = found.get(name, (0, 0))  # of several with one name the largest figures count
                found[name] = (max(lines, before[0]), max(count, before[1]))
    return found


def test_functions_fit_a_page_and_a_mind():
    bounds = {name: (lines, count) for name, (lines, count, _) in EXCEPTIONS.items()}
    over = {}
    for name, (lines, count) in _measured().items():
        most = bounds.get(name, (LINES, PARAMETERS))
        if lines > most[0] or count > most[1]:
            over[name] = (lines, count)
    assert over == {}


def test_no_exception_has_outlived_its_need():
    measured = _measured()
    assert [name for name in EXCEPTIONS if name not in measured] == []
    kept = [name for name in EXCEPTIONS if measured[name][0] <= LINES and measured[name][1] <= PARAMETERS]
    assert kept == [], "these keep the bounds now: take them off the list"
