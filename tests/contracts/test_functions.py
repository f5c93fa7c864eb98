"""No function is longer than a page or asks for more than anyone keeps in mind, but for those named here."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "phonofilm"
LINES, PARAMETERS = 60, 8
"""Of a function: lines of its own, those of functions within it counted for themselves; ``self`` and ``cls`` not
counted."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
