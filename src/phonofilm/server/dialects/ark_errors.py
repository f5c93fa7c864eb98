"""Our faults in Ark's words: {"error": {"code", "message", "param", "type"}} with the request's id at the end of the
message."""

from __future__ import annotations

from typing import Any

from phonofilm.server.errors import Fault

_TYPES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
}
_MEDIA = {"image": "Image", "video": "Video", "audio": "Audio"}


def error_body(fault: Fault) -> tuple[int, dict[str, Any], dict[str, str]]:
    """A refused request."""
    status, code = _status_and_code(fault)
    headers: dict[str, str] = {}
    if status in (409, 429, 500, 502, 503) and not _worth_another_try(fault):
        # the vendor's clients send 408, 409, 429 and 5xx again by themselves; a submit that may have been recorded must
        # not come twice
        headers["x-should-retry"] = "false"
    error: dict[str, Any] = {
        "code": code,
        "message": f"{_message(fault, status)} Request id: {fault.request_id}",
        "type": _TYPES.get(status, "BadRequest"),
    }
    if fault.field:
        error["param"] = fault.field
    return status, {"error": error}, headers


def task_error(error: dict[str, Any]) -> dict[str, str]:
    """Why a task failed, as GET shows it."""
    fault = Fault(
        status=500,
        code=str(error.get("code", "internal")),
        message=str(error.get("message", "")),
        field=error.get("field"),
    )
    return {"code": _status_and_code(fault)[1], "message": fault.message}


def _status_and_code(fault: Fault) -> tuple[int, str]:
    field = fault.field or ""
    kind = next((name for part, name in _MEDIA.items() if part in field), "")
    match fault.code:
        case "missing_parameter":
            return 400, "MissingParameter"
        case (
            "invalid_parameter"
            | "too_large"
            | "unsupported_media_type"
            | "reference_failed"
            | "invalid_media"
            | "length_required"
        ):
            return 400, "InvalidParameter"
        case "unauthenticated" | "unauthorized":
            return 401, "AuthenticationError"
        case "forbidden":
            return 403, "AccessDenied"
        case "budget_exceeded":
            return 403, "AccountOverdueError"
        case "person_without_consent":
            return (
                400,
                f"Input{kind if kind in ('Image', 'Video') else 'Image'}SensitiveContentDetected.PrivacyInformation",
            )
        case "input_blocked":
            return 400, f"Input{kind or 'Text'}SensitiveContentDetected.PolicyViolation"
        case "output_blocked":
            return 400, "OutputVideoSensitiveContentDetected.PolicyViolation"
        case "not_found" | "removed" | "expired":
            return 404, (
                "InvalidEndpointOrModel.NotFound"
                if field == "model"
                else "NotFound.id"
                if field in ("", "id", "job")
                else f"NotFound.{field}"[:80]
            )
        case "no_engine":
            return 400, "InvalidParameter"
        case "conflict":
            return (409 if field == "Idempotency-Key" else 403), "OperationDenied.InvalidState"
        case "rate_limited":
            return 429, "RateLimitExceeded.EndpointRPMExceeded"
        case "quota_exceeded":
            return 429, "QuotaExceeded"
        case "engine_unavailable":
            return 429, "ServerOverloaded"
        case "method_not_allowed":
            return 405, "InvalidParameter"
    return (fault.status if 400 <= fault.status < 500 else 500), (
        "InvalidParameter" if 400 <= fault.status < 500 else "InternalServiceError"
    )


def _message(fault: Fault, status: int) -> str:
    text = fault.message.rstrip(".") + "."
    if status == 401:
        return f"The API key or AK/SK in the request is missing or invalid: {text}"
    if fault.code == "missing_parameter":
        return f"The request failed because it is missing `{fault.field}` parameter: {text}"
    if (
        status == 400
        and fault.field
        and fault.code not in ("input_blocked", "output_blocked", "person_without_consent")
    ):
        return f"The parameter `{fault.field}` specified in the request is not valid: {text}"
    return text[0].upper() + text[1:]


def _worth_another_try(fault: Fault) -> bool:
    return fault.code in ("rate_limited", "engine_unavailable", "storage_failed", "internal_error")
