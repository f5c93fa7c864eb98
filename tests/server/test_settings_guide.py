"""Every setting is explained, the reference is the code's own, and nothing secret is told."""

import json
from pathlib import Path

from phonofilm.cli.main import main
from phonofilm.jobs.config import Config
from phonofilm.server import settings_guide
from phonofilm.server.settings import Settings

ROOT = Path(__file__).parent.parent.parent


def test_every_setting_is_explained_and_the_reference_is_up_to_date():
    rows = settings_guide.described()
    assert [row.name for row in rows] == list(Settings.model_fields)
    assert [row.name for row in rows if len(row.meaning) < 10] == []
    assert (ROOT / "docs" / "guide" / "settings.md").read_text() == settings_guide.page(), (
        "run: phonofilm settings --markdown > docs/guide/settings.md"
    )


def test_what_jobs_need_is_explained_once():
    both = settings_guide.documented(Config).keys() & settings_guide.documented(Settings).keys()
    assert both <= {
        "public_url",
        "models",
        "watermark_key",
        "max_upload",
    }  # another thing to the server than to its jobs


def test_the_command_tells_what_is_in_force_and_no_secret(tmp_path, capsys, monkeypatch):
    for name, value in {
        "SECRET": "sesame-secret",
        "DATABASE_URL": "postgresql+psycopg://me:sesame-password@db/x",
        "PROVIDER": "Acme",
    }.items():
        monkeypatch.setenv(f"PHONOFILM_{name}", value)
    (tmp_path / "phonofilm.toml").write_text('keep_days = 7\n[engines.mine]\nkind = "ark"\napi_key = "sesame-key"\n')
    assert main(["settings", "--home", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "sesame" not in told
    lines = told.splitlines()
    assert {
        "provider = Acme   (default Phonofilm)",
        "keep_days = 7   (default 30)",
        "secret = set",
        "database_url = set",
    } <= set(lines)
    assert not any(line.startswith("port") for line in lines)  # at its default
    assert main(["settings", "--home", str(tmp_path), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["port"]["value"] == "8600" and rows["keep_days"]["value"] == "7" and "sesame" not in json.dumps(rows)
    assert (
        main(["settings", "--home", str(tmp_path), "--all"]) == 0 and "Address to listen on" in capsys.readouterr().out
    )
    monkeypatch.setenv("PHONOFILM_KEEP_DAYS", "none")
    assert main(["settings", "--home", str(tmp_path)]) == 2 and "keep_days" in capsys.readouterr().err
