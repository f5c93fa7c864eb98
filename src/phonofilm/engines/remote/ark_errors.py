"""What Ark's error codes mean in our words."""

from __future__ import annotations

from typing import Any

from phonofilm.engines.base import Failure

_ACCOUNT = (
    "AuthenticationError",
    "InvalidAccountStatus",
    "AccessDenied",
    "AccountOverdueError",
    "ModelNotOpen",
    "UnsupportedModel",
)
_BUSY = ("QuotaExceeded", "ServerOverloaded", "RequestBurstTooFast", "SetLimitExceeded", "InflightBatchsizeExceeded")


def failure_of(error: Any, status: int | None = None) -> Failure:
    """Ark's ``{"code", "message"}`` in our words. The vendor's text is kept only where it helps the one who asked."""
    error = error if isinstance(error, dict) else {}
    vendor = error.get("code") if isinstance(error.get("code"), str) else ""
    text = error.get("message") if isinstance(error.get("message"), str) else ""
    text = text.split("Request id:")[0].strip()[:300]
    code, message = _meaning(vendor, status)
    silent = f"the vendor answered {status}" if status else "the vendor gave no reason"
    return Failure(code=code, message=message or text or silent, vendor=vendor)


def _meaning(vendor: str, status: int | None) -> tuple[str, str]:
    """(our code, our words or "" where the vendor's say more)."""
    if "PrivacyInformation" in vendor:
        return "person_without_consent", "the vendor takes no picture or clip that may show a real person"
    if vendor.startswith("Output") and ("Sensitive" in vendor or "Risk" in vendor):
        return "output_blocked", "the vendor withheld the finished clip under its content policy"
    if "SensitiveContentDetected" in vendor or (vendor.startswith("Input") and "Risk" in vendor):
        return "input_blocked", "the vendor refuses this input under its content policy"
    if vendor.startswith(("MissingParameter", "InvalidParameter", "InvalidImageURL")):
        return "invalid_parameter", ""
    if vendor in _ACCOUNT or vendor.startswith(("OperationDenied", "InvalidEndpoint")):
        return "engine_unavailable", f"the vendor account cannot use this model ({vendor}); the operator must mend it"
    if vendor in _BUSY or "RateLimit" in vendor or status == 429:
        return "rate_limited", f"the vendor takes no more requests for now ({vendor or status})"
    if vendor.startswith("NotFound"):
        return "not_found", ""
    if status in (401, 403, 404):
        return "engine_unavailable", f"the vendor refuses this account (status {status}); the operator must mend it"
    if status is not None and 400 <= status < 500:
        return "invalid_parameter", ""
    return "engine_failed", ""
