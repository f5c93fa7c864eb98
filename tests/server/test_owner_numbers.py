"""The owner's numbers and the model of income over HTTP and at the command line: for operators alone, and the same."""

import csv
import io
import json

import pytest

from phonofilm.cli.main import main

from .conftest import finished, start


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Two clips at four cents and one that was refused; a generation may cost five."""
    home = tmp_path_factory.mktemp("owner")
    prices = home / "prices.toml"
    prices.write_text('version = "test"\n[engines.fake]\nby = "second"\nusd = { "480p" = 0.01 }\n')
    (home / "home").mkdir()
    (home / "home" / "phonofilm.toml").write_text("cost_cap = 0.05\n")
    server, stop = start(home / "home", prices=str(prices), review=False)
    with server.client() as client:
        for prompt in ("A paper boat", "A paper kite", "A man is beheaded, blood everywhere"):
            body = {"model": "fake", "prompt": prompt, "duration": 4}
            finished(client, client.post("/v1/generations", json=body).raise_for_status().json()["id"])
    yield server
    stop()


def test_only_an_operator_is_told(house):
    for path in ("/v1/admin/numbers", "/v1/admin/income"):
        assert house.client("pf_nobody").get(path).status_code == 401
        assert house.client(house.make_key(scopes=["generate", "read", "review"])).get(path).status_code == 403
        assert house.client(house.make_key(scopes=["operate"])).get(path).status_code == 200


def test_the_command_says_what_the_api_says(house, capsys):
    with house.client() as client:
        told = client.get("/v1/admin/numbers", params={"days": 3}).raise_for_status().json()
    assert main(["numbers", "--home", str(house.home), "--days", "3", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {**said, "at": 0} == {**told, "at": 0}
    assert (told["generations"]["made"], told["generations"]["blocked"], told["cost"]["percent_of_cap"]) == (2, 1, 80.0)
    assert main(["numbers", "--home", str(house.home), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["date"], row["engine"], row["made"], row["cost_usd"]) for row in rows] == [
        (told["until"], "fake", "2", "0.080000")
    ]
    assert main(["numbers", "--home", str(house.home)]) == 0
    table = capsys.readouterr().out
    assert (
        "80.0 % of the cap of $0.0500" in table and "333.3 blocked" in table and "conversion        not known" in table
    )


def test_the_model_is_the_same_by_command_and_by_http(house, capsys):
    with house.client() as client:
        asked = {"users": 5000, "price": 9.5, "conversion": [0.5, 2]}
        told = client.get("/v1/admin/income", params=asked).raise_for_status().json()
    words = ["income", "--home", str(house.home), "--users", "5000", "--price", "9.5", "--conversion", "0.5"]
    assert main([*words, "--conversion", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == told
    assert [row["conversion"] for row in told["rows"]] == [0.5, 2]
    assert told["sources"]["cost_per_generation"] == "measured" and told["inputs"]["cost_per_generation"] == 0.04
    assert (
        told["sources"]["cost_cap"] == told["sources"]["price"] == "set" and told["sources"]["fee_fixed"] == "assumed"
    )
    assert main(["income", "--home", str(house.home)]) == 0
    assert "conversion is assumed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("numbers", {"days": 0}, "days"),
        ("numbers", {"days": 93}, "days"),
        ("income", {"fee_percent": 101}, "fee_percent"),
        ("income", {"users": -1}, "users"),
        ("income", {"price": "nan"}, "price"),
        ("income", {"conversion": 101}, "conversion"),
        ("income", {"conversion": list(range(13))}, "conversion"),
    ],
)
def test_what_is_no_number_is_refused_by_its_name(house, path, query, field):
    with house.client() as client:
        answer = client.get(f"/v1/admin/{path}", params=query)
    assert answer.status_code == 400 and answer.json()["error"]["field"] == field, answer.text


def test_the_command_refuses_too(house, capsys):
    assert main(["numbers", "--home", str(house.home), "--days", "93"]) == 2
    assert "--days is from 1 to 92, not 93" in capsys.readouterr().err
    assert main(["income", "--home", str(house.home), "--price", "-1"]) == 2
    assert "price is a number from 0" in capsys.readouterr().err


def test_a_cap_of_nothing_is_no_setting(tmp_path, capsys):
    (tmp_path / "phonofilm.toml").write_text("cost_cap = 0\n")
    assert main(["numbers", "--home", str(tmp_path)]) == 2
    assert "setting 'cost_cap' is not right" in capsys.readouterr().err
