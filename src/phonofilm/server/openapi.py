"""``python -m phonofilm.server.openapi``: the API's description as JSON, without a server, a database or a key. What
clients are generated from."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def document() -> dict[str, Any]:
    """The OpenAPI document of a fresh installation; the same whatever this machine's settings are."""
    from phonofilm.server.app import create_app
    from phonofilm.server.settings import Settings

    with tempfile.TemporaryDirectory(prefix="phonofilm-openapi-") as home:
        app = create_app(Settings.load(home=Path(home), database_url="", bucket="", worker=False))
        try:
            return app.openapi()
        finally:
            app.state.service.db.close()


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
    sys.stdout.write("\n")
