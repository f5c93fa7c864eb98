"""Flags choose as flagd does, keep who is in, and outlive broken files."""

import json
import os

import pytest

from phonofilm.errors import RequestError
from phonofilm.rollout.flags import FlagFile, fractional, murmur3, parse

ENGINES = frozenset({"old", "new"})


def file_of(state="ENABLED", share=25, **changes):
    flag = {
        "state": state,
        "variants": {"on": "new", "off": "old"},
        "defaultVariant": "off",
        "targeting": {"fractional": [["on", share], ["off", 100 - share]]},
    }
    return json.dumps({"flags": {"seedance_v2": {**flag, **changes}}})


def test_the_same_choice_as_flagd():
    """openfeature-flagd-core 2.0.0, asked for tenant0 to tenant34, gave "on" to these."""
    on = [f"tenant{n}" for n in range(35) if fractional("seedance_v2", f"tenant{n}", (("on", 25), ("off", 75))) == "on"]
    assert on[:8] == ["tenant0", "tenant4", "tenant7", "tenant8", "tenant11", "tenant14", "tenant24", "tenant30"]
    assert murmur3(b"") == 0 and murmur3(b"hello") == 0x248BFA47 and murmur3(b"hello, world") == 0x149BBB7F


def test_a_growing_share_keeps_who_is_in_it():
    def inside(share):
        return {n for n in range(4000) if fractional("m", f"t{n}", (("on", share), ("off", 100 - share))) == "on"}

    five, quarter, everybody = inside(5), inside(25), inside(100)
    assert five < quarter < everybody and len(everybody) == 4000
    assert abs(len(five) / 4000 - 0.05) < 0.012 and abs(len(quarter) / 4000 - 0.25) < 0.025


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (file_of()[:60], "no file of flags"), ("[]", "no file of flags"),
        (file_of(state="MAYBE"), "ENABLED or DISABLED"),
        (file_of(variants={"on": "gone", "off": "old"}), "there is no engine 'gone'"),
        (file_of(defaultVariant="x"), "defaultVariant"),
        (file_of(targeting={"if": []}), "nothing else is understood"),
        (file_of(targeting={"fractional": [["on", -1]]}), "whole share"),
        (file_of(targeting={"fractional": [["on", 0]]}), "add up to nothing"),
        (file_of(targeting={"fractional": [{"var": "email"}, ["on", 1]]}), "goes by the tenant"),
    ],
)  # fmt: skip
def test_a_broken_file_says_what_is_wrong_and_the_last_good_state_stays(tmp_path, text, why):
    with pytest.raises(RequestError, match=why):
        parse(text, ENGINES)
    path = tmp_path / "flags.json"
    path.write_text(file_of(share=100))
    file = FlagFile(path, ENGINES)
    assert file.flags()["seedance_v2"].engine("anybody") == "new" and file.trouble == ""
    path.write_text(text)
    assert file.flags()["seedance_v2"].engine("anybody") == "new"
    assert why in file.trouble and "the flags before it hold" in file.trouble
    path.write_text(file_of(state="DISABLED", share=100))
    assert file.flags()["seedance_v2"].engine("anybody") == "old" and file.trouble == ""
    path.unlink()
    assert file.flags()["seedance_v2"].engine("anybody") == "old" and "it is gone" in file.trouble


def test_no_file_is_no_flags(tmp_path):
    file = FlagFile(tmp_path / "none.json", ENGINES)
    assert file.flags() == {} and file.trouble == ""


def test_a_file_stamped_like_the_one_before_is_read(tmp_path):
    """By a clock that was set back, or one too coarse."""
    path, other = tmp_path / "flags.json", tmp_path / "other.json"
    path.write_text(file_of(share=100))
    other.write_text(file_of(share=100).replace('"defaultVariant": "off"', '"defaultVariant": "on" '))
    file = FlagFile(path, ENGINES)
    file.flags()
    stamp = path.stat()
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_mtime_ns == stamp.st_mtime_ns and path.stat().st_size == stamp.st_size
    assert file.flags()["seedance_v2"].default == "on"
