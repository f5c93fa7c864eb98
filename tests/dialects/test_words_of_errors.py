"""Every code of a refusal has its word in each dialect, and says whose doing it was."""

import pytest

from phonofilm.errors import PromptError, RequestError
from phonofilm.jobs.codes import BLAMELESS, STATUS, as_job_error
from phonofilm.server.dialects import ark_errors, openai_video
from phonofilm.server.errors import Fault, fault_of

OURS = {"engine_failed", "engine_unavailable", "storage_failed", "unknown_outcome", "crashed", "internal"}
"""What a service does wrong; to whom it says so, that it is, and no more."""
SAME = {"not_found", "conflict", "too_large", "expired", "cancelled"}
"""Words OpenAI's dialect has in common with ours."""


def test_a_refusal_is_the_callers_doing_or_named_as_ours():
    assert {code for code in STATUS if code not in BLAMELESS} == OURS | {"unauthorized", "expired"}


def test_every_code_has_a_word_in_ark():
    named = {
        code: ark_errors.error_body(Fault(status=status, code=code, message="x"))[1] for code, status in STATUS.items()
    }
    unknown = {
        ark_errors.error_body(Fault(status=status, code="?", message="x"))[1]["error"]["code"] for status in (400, 502)
    }
    plain = {code for code, body in named.items() if body["error"]["code"] in unknown}
    assert plain == {"invalid_parameter", "too_large", "reference_failed", "no_engine", "cancelled"} | OURS - {
        "engine_unavailable"
    }


def test_every_code_has_a_word_in_openais_dialect():
    assert {code for code in STATUS if openai_video.code_of(code) == code} <= SAME | OURS


class TooManyShots(PromptError):
    """A refusal with a code of its own."""

    code = "quota_exceeded"


@pytest.mark.parametrize(
    "error, code, field",
    [
        (TooManyShots("too many shots", 7), "quota_exceeded", "prompt"),
        (PromptError("no end to this bracket", 7), "invalid_parameter", "prompt"),
        (RequestError("too long", field="seconds"), "invalid_parameter", "seconds"),
    ],
)
def test_an_errors_code_and_field_reach_job_and_answer(error, code, field):
    job, fault = as_job_error(error), fault_of(error)
    assert (job.code, job.field, job.status) == (code, field, STATUS[code])
    assert (fault.code, fault.field, fault.status) == (code, field, STATUS[code])
