"""The check-list of an installation: each line is right about what is there, and nothing is changed by looking."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from phonofilm.cli.main import main
from phonofilm.jobs.observe import audit
from phonofilm.jobs.store.database import now
from phonofilm.jobs.store.tables import Delivery
from phonofilm.server.doctor import examine
from phonofilm.server.settings import Settings

from .conftest import start


@pytest.fixture
def server(tmp_path):
    running, stop = start(tmp_path / "home")
    yield running
    stop()


def said(found, part):
    return [(one.level, one.text) for one in found if one.part == part]


def certificate(folder, days):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Films of ours")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = (
        made.not_valid_before(start)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "chain.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return {"certificate": chain, "certificate_key": secret}


def test_a_running_installation(server):
    settings = Settings.load(home=server.home, engines={"fake": {}})
    found = examine(settings)
    for part in ("home", "address", "database", "workers", "audit log", "webhooks", "disk", "bucket"):
        assert [level for level, _ in said(found, part)] == ["ok"], said(found, part)
    assert any("development" in told for _, told in said(found, "certificate"))
    assert all(one.remedy for one in found if one.level != "ok")


def test_what_is_wrong_is_said(server, tmp_path):
    service = server.app.state.service
    open_to_all = Settings.load(home=server.home, host="0.0.0.0", classifiers="none", **certificate(tmp_path, 10))
    (server.home / "secret.key").chmod(0o644)
    with service.db.session() as session:
        audit.record(session, "main/owner", "tenant.change", "main")
    with service.db.session() as session:
        session.execute(text("UPDATE audit SET actor = 'somebody else' WHERE id = (SELECT min(id) FROM audit)"))
        session.add(
            Delivery(
                id="whd_1",
                tenant="main",
                webhook=None,
                job="",
                url="https://example.com/a",
                body={},
                state="pending",
                next_try=now() + 9e9,
                created=now() - 7_200,
            )
        )
    found = examine(open_to_all)
    wrong = {one.part for one in found if one.level == "wrong"}
    assert {"home", "address", "audit log", "certificate", "moderation"} <= wrong
    assert "secret.key" in said(found, "home")[0][1] and "1 messages" in said(found, "webhooks")[0][1]
    assert said(examine(Settings.load(home=server.home, **certificate(tmp_path, 400))), "certificate")[0][0] == "ok"
    with service.db.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "another version" in said(examine(open_to_all), "database")[0][1]


def test_the_command_says_it_and_how_it_went(tmp_path, capsys):
    assert main(["doctor", "--home", str(tmp_path / "new")]) == 1
    assert "phonofilm serve" in capsys.readouterr().out
    assert not (tmp_path / "new" / "phonofilm.db").exists(), "looking makes nothing"
    assert main(["doctor", "--home", str(tmp_path / "new"), "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {"part", "level", "text", "remedy"} == set(rows[0]) and any(row["level"] == "wrong" for row in rows)
    assert main(["doctor", "--home", str(tmp_path / "new"), "--database-url", "mysql://x/y"]) in (1, 2)


@pytest.mark.parametrize("value", ["postgresql+psycopg://nobody@127.0.0.1:1/none"])
def test_a_database_that_is_away(tmp_path, value):
    found = examine(Settings.load(home=tmp_path, database_url=value))
    assert said(found, "database") == [("wrong", "it does not answer")]
    assert said(found, "disk")[0][0] == "ok", "the rest is looked at all the same"
