import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phonofilm.errors import RequestError
from phonofilm.trust.policy import ACTIONS, CATEGORIES, SEVERITIES, Policy, Terms

# a loaded machine is slow, not wrong
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORD = st.text("abcxyz 杀ñ", min_size=1, max_size=8).filter(str.strip)
POLICIES = st.builds(
    Policy,
    version=st.text("abc-123", min_size=1, max_size=12),
    review_hours=st.floats(0.5, 720),
    actions=st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ACTIONS), st.sampled_from(ACTIONS[1:])).map(
        lambda t: dict(zip(SEVERITIES, sorted(t, key=ACTIONS.index)))
    ),
    severities=st.dictionaries(st.sampled_from(sorted(CATEGORIES)), st.sampled_from(SEVERITIES)),
    terms=st.lists(
        st.builds(
            Terms,
            category=st.sampled_from(sorted(CATEGORIES)),
            severity=st.sampled_from(SEVERITIES),
            words=st.lists(WORD, min_size=1, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


def toml(data):
    lines = [f'version = "{data["version"]}"', f"review_hours = {data['review_hours']!r}", "[actions]"]
    lines += [f'{key} = "{value}"' for key, value in data["actions"].items()]
    lines += ["[severities]"] + [f'{key} = "{value}"' for key, value in data["severities"].items()]
    for category, limits in data["thresholds"].items():
        lines += [f"[thresholds.{category}]"] + [f"{key} = {value!r}" for key, value in limits.items()]
    for terms in data["terms"]:
        lines += [
            "[[terms]]",
            f'category = "{terms["category"]}"',
            f'severity = "{terms["severity"]}"',
            "words = [" + ", ".join(f'"{w}"' for w in terms["words"]) + "]",
        ]
    return "\n".join(lines)


@SLOW
@given(POLICIES)
def test_a_policy_survives_the_way_through_toml_with_its_hash(policy):
    again = Policy.from_plain(tomllib.loads(toml(policy.to_plain())))
    assert again == policy and again.hash == policy.hash and again.name == f"{policy.version}:{policy.hash}"


@SLOW
@given(POLICIES, POLICIES)
def test_different_tables_have_different_hashes(a, b):
    assert (a.hash == b.hash) == (a.to_plain() == b.to_plain())


def test_the_default_is_low_publish_medium_review_high_block():
    policy = Policy.load(None)
    assert [policy.action("sexual", severity) for severity in SEVERITIES] == ["publish", "review", "block"]
    assert policy.review_hours == 24
    assert policy.action("unchecked", "low") == "review"


def test_a_file_says_only_what_differs(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text(
        'version = "acme-3"\n[severities]\nlikeness = "medium"\nviolence = "as_found"\n[thresholds.violence]\nmedium ='
        " 0.7\n"
    )
    policy = Policy.load(path)
    assert policy.severity("likeness", "low") == "medium" and policy.severity("violence", "low") == "low"
    assert policy.from_score("violence", 0.69) is None and policy.from_score("violence", 0.7) == "medium"
    assert policy.from_score("sexual", 0.9) == Policy().from_score("sexual", 0.9) == "high"
    assert policy.actions == Policy().actions and policy.hash != Policy().hash


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("versoin = 'x'", "versoin"), ("version = 3", "version must be text"), ("version = ''", "version"),
        ("review_hours = 0", "review_hours"), ("review_hours = true", "review_hours"),
        ("[actions]\nmedium = 'allow'", "actions.medium"), ("[actions]\nhigh = 'publish'", "high"),
        ("[actions]\nlow = 'block'", "milder"), ("[actions]\nworst = 'block'", "worst"),
        ("[severities]\nnudity = 'low'", "nudity"), ("[severities]\nsexual = 'none'", "severities.sexual"),
        ("thresholds = 3", "thresholds must be a table"), ("[thresholds]\nviolence = 0.5", "thresholds.violence"),
        ("[thresholds.violence]\nmedium = 'x'", "thresholds.violence.medium"),
        ("[thresholds.violence]\nmedium = -1", "thresholds.violence.medium"), ("[[terms]]\ncategory = 'hate'", "terms"),
        ("[[terms]]\ncategory = 'hate'\nseverity = 'low'\nwords = []", "terms of hate"),
        ("[[terms]]\ncategory = 'hate'\nseverity = 'low'\nwords = 'x'", "words"), ("version = ", "not TOML"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_by_name_and_field(tmp_path, text, told):
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(RequestError) as caught:
        Policy.load(path)
    assert told in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RequestError, match="give the path"):
        Policy.load(tmp_path / "absent.toml")
