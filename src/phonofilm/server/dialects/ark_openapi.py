"""What the Ark routes say of themselves in the OpenAPI description."""

from __future__ import annotations

from typing import Any

from phonofilm.spec import media

_TEXT = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
}
_PERSON = {
    "type": "boolean",
    "description": "ours: does it show or sound like a real person? Undeclared ones are held for review",
}


def _item(kind: str, roles: list[str]) -> dict[str, Any]:
    url = {
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string", "description": "http(s)://, data: or asset://"}},
    }
    properties = {"type": {"const": f"{kind}_url"}, f"{kind}_url": url, "role": {"enum": roles}, "person": _PERSON}
    return {"type": "object", "required": ["type", f"{kind}_url"], "properties": properties}


_DRAFT = {
    "type": "object",
    "required": ["type", "draft_task"],
    "properties": {
        "type": {"const": "draft_task"},
        "draft_task": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
    },
}
_CONTENT = {
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            _TEXT,
            _item("image", ["first_frame", "last_frame", "reference_image"]),
            _item("video", ["reference_video"]),
            _item("audio", ["reference_audio"]),
            _DRAFT,
        ]
    },
}


def _or_null(**schema: Any) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_BODY = {
    "type": "object",
    "required": ["model", "content"],
    "additionalProperties": True,
    "properties": {
        "model": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "description": "an engine's name, or a model name mapped to one",
        },
        "content": _CONTENT,
        "callback_url": _or_null(type="string", maxLength=2048),
        "return_last_frame": _or_null(type="boolean"),
        "service_tier": _or_null(enum=["default"]),
        "execution_expires_after": _or_null(type="integer", minimum=3600, maximum=259200),
        "generate_audio": _or_null(type="boolean"),
        "draft": _or_null(type="boolean"),
        "safety_identifier": _or_null(type="string", minLength=1, maxLength=64),
        "priority": _or_null(type="integer", minimum=0, maximum=9),
        "resolution": _or_null(enum=list(media.RESOLUTIONS)),
        "ratio": _or_null(enum=[*media.RATIOS, "adaptive"]),
        "duration": _or_null(type="integer", minimum=-1, maximum=15),
        "frames": _or_null(type="integer", minimum=97, maximum=289),
        "seed": _or_null(type="integer", minimum=-1, maximum=2**31 - 1),
        "camera_fixed": _or_null(type="boolean"),
        "watermark": _or_null(type="boolean"),
        "output_format": _or_null(enum=["mp4"]),
        "omni_reference_task_type": _or_null(enum=["auto", "reference", "edit", "extend"]),
    },
}
_EXAMPLE = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A red ball bounces on a beach at dusk, the camera pushes in."}],
    "resolution": "480p",
    "ratio": "16:9",
    "duration": 5,
    "generate_audio": True,
    "seed": 7,
    "watermark": False,
}
CREATE = {"requestBody": {"required": True, "content": {"application/json": {"schema": _BODY, "example": _EXAMPLE}}}}
_SAMPLE = {
    "id": "cgt-20261120231500-01k3v8f0qk7c3m4n5p6q7r8s9t",
    "model": "doubao-seedance-2-0-260128",
    "status": "succeeded",
    "content": {
        "video_url": (
            "http://127.0.0.1:8600/media/main/2026/11/gen_01k3v8f0qk7c3m4n5p6q7r8s9t/video.mp4?exp=1795298400&sig=6f1c"
        )
    },
    "usage": {"completion_tokens": 50638, "total_tokens": 50638},
    "created_at": 1795212345,
    "updated_at": 1795212351,
    "seed": 7,
    "resolution": "480p",
    "ratio": "16:9",
    "framespersecond": 24,
    "service_tier": "default",
    "execution_expires_after": 172800,
    "generate_audio": True,
    "draft": False,
    "priority": 0,
    "duration": 5,
}
_SHAPE = {
    "type": "object",
    "required": ["id", "model", "status"],
    "properties": {
        "id": {"type": "string"},
        "model": {"type": "string"},
        "status": {
            "enum": [
                "queued",
                "running",
                "succeeded",
                "failed",
                "cancelled",
                "expired",
            ]
        },
    },
}


def _answer(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


TASK = {
    "id": _answer(
        "on record",
        {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "safety_identifier": {"type": "string"}},
        },
        {"id": _SAMPLE["id"]},
    ),
    "task": _answer("the task", _SHAPE, _SAMPLE),
    "list": _answer(
        "a page",
        {
            "type": "object",
            "required": ["items", "total"],
            "properties": {"items": {"type": "array", "items": _SHAPE}, "total": {"type": "integer"}},
        },
        {"items": [_SAMPLE], "total": 1},
    ),
    "none": _answer("done", {"type": "object"}, {}),
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "type"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "param", "type")},
        }
    },
}
_WRONG = {
    "error": {
        "code": "InvalidParameter",
        "message": (
            "The parameter `content` specified in the request is not valid: role must be specified. Request id:"
            " req_7c0f"
        ),
        "param": "content",
        "type": "BadRequest",
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": _answer("refused", _ERROR, _WRONG),
    "5XX": _answer("our fault", _ERROR, _WRONG),
}


def _query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


LIST = {
    "parameters": [
        _query("page_num", "page, from 1", type="integer", minimum=1, maximum=500),
        _query("page_size", "tasks of a page, 10 by default", type="integer", minimum=1, maximum=500),
        _query(
            "filter.status", "only these", enum=["queued", "running", "succeeded", "failed", "cancelled", "expired"]
        ),
        _query("filter.task_ids", "only these; may be repeated", type="array", items={"type": "string"}, maxItems=500),
        _query("filter.model", "exact name", type="string"),
        _query("filter.service_tier", "default or flex", enum=["default", "flex"]),
    ]
}
