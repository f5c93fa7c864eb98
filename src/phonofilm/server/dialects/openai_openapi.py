"""What the video routes say of themselves in the OpenAPI description."""

from __future__ import annotations

from typing import Any

from phonofilm.server.dialects.openai_video import OFFERED
from phonofilm.spec.request import MAX_CHARACTERS

_PROMPT = {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS}
_SECONDS = {"type": "string", "enum": ["4", "5", "6", "8", "10", "12", "15"]}
_REFERENCE = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "properties": {
        "image_url": {"type": "string", "description": "http(s)://, data: or asset://"},
        "file_id": {"type": "string", "description": "the id of an asset"},
    },
}
_MORE: dict[str, Any] = {
    "seed": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "generate_audio": {"type": "boolean"},
    "person": {"type": "boolean"},
}
_NOTES: dict[str, Any] = {
    "user": {"type": "string", "maxLength": 512},
    "safety_identifier": {"type": "string", "maxLength": 64},
    "n": {"type": "integer", "enum": [1]},
    "metadata": {"type": "object", "maxProperties": 16, "additionalProperties": {"type": "string", "maxLength": 512}},
}
_KEPT_OUT: dict[str, Any] = {"negative_prompt": {"type": "string", "description": "as NEGATIVE: in the prompt"}}
_VIDEO_ID = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": {"type": "string"}},
}
_FILE = {"type": "string", "format": "binary"}


def _body(
    required: list[str], properties: dict[str, Any], files: dict[str, Any], example: dict[str, Any]
) -> dict[str, Any]:
    def schema(more: dict[str, Any]) -> dict[str, Any]:
        return {"type": "object", "required": required, "additionalProperties": False, "properties": properties | more}

    as_json = {
        "schema": schema(
            {name: {"anyOf": [kind, {"type": "null"}]} for name, kind in properties.items() if name not in required}
        ),
        "example": example,
    }
    content = {"application/json": as_json}
    if files:
        content["multipart/form-data"] = {"schema": schema(files)}
    return {"requestBody": {"required": True, "content": content}}


_CREATE = {
    "prompt": _PROMPT,
    "model": {"type": "string", "maxLength": 128, "minLength": 1},
    "seconds": _SECONDS,
    "size": {"enum": list(OFFERED)},
    "input_reference": _REFERENCE,
    **_MORE,
    **_NOTES,
    **_KEPT_OUT,
}
BODIES = {
    "create": _body(
        ["prompt"],
        _CREATE,
        {"input_reference": _FILE},
        {"prompt": "A red ball bounces on a beach at dusk.", "model": "sora-2", "seconds": "4", "size": "1280x720"},
    ),
    "edit": _body(
        ["prompt", "video"],
        {"prompt": _PROMPT, "video": _VIDEO_ID, **_MORE, **_NOTES, **_KEPT_OUT},
        {"video": _FILE},
        {
            "prompt": "The ball is blue.",
            "video": {"id": "video_01k3v8f0qk7c3m4n5p6q7r8s9t"},
        },
    ),
    "extend": _body(
        ["prompt", "video"],
        {"prompt": _PROMPT, "video": _VIDEO_ID, "seconds": _SECONDS, **_MORE, **_NOTES, **_KEPT_OUT},
        {"video": _FILE},
        {
            "prompt": "The ball rolls into the sea.",
            "video": {"id": "video_01k3v8f0qk7c3m4n5p6q7r8s9t"},
            "seconds": "4",
        },
    ),
    "remix": _body(["prompt"], {"prompt": _PROMPT, **_NOTES}, {}, {"prompt": "The same at night."}),
}
_VIDEO = {
    "id": "video_01k3v8f0qk7c3m4n5p6q7r8s9t",
    "object": "video",
    "model": "sora-2",
    "status": "completed",
    "progress": 100,
    "created_at": 1795212345,
    "completed_at": 1795212351,
    "expires_at": 1797804351,
    "prompt": "A red ball bounces on a beach at dusk.",
    "size": "1280x720",
    "seconds": "4",
    "remixed_from_video_id": None,
    "error": None,
}
_SHAPE = {
    "type": "object",
    "required": list(_VIDEO),
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "video"},
        "status": {"enum": ["queued", "in_progress", "completed", "failed"]},
        "progress": {"type": "integer"},
    },
}


def _answer(description: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema, "example": example}}}


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_NAMED = {"type": "object", "required": ["id", "object", "created", "owned_by"]}
_MODEL = {"id": "sora-2", "object": "model", "created": 0, "owned_by": "phonofilm"}
ANSWERS: dict[str, dict[str, Any]] = {
    "video": _answer("the video", _SHAPE, _VIDEO),
    "list": _answer(
        "a page",
        {
            "type": "object",
            "required": ["object", "data", "first_id", "last_id", "has_more"],
            "properties": {"data": {"type": "array", "items": _SHAPE}},
        },
        {
            "object": "list",
            "data": [_VIDEO],
            "first_id": _VIDEO["id"],
            "last_id": _VIDEO["id"],
            "has_more": False,
        },
    ),
    "deleted": _answer(
        "gone",
        {"type": "object", "required": ["id", "deleted", "object"]},
        {"id": _VIDEO["id"], "object": "video.deleted", "deleted": True},
    ),
    "model": _answer("the model", _NAMED, _MODEL),
    "models": _answer(
        "all names",
        {"type": "object", "required": ["object", "data"], "properties": {"data": {"type": "array", "items": _NAMED}}},
        {"object": "list", "data": [_MODEL]},
    ),
    "content": {
        "description": "the file",
        "content": {"video/mp4": _BINARY, "image/webp": _BINARY, "image/jpeg": _BINARY},
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "object", "required": ["message", "type", "param", "code"]}},
}
_WRONG = {
    "error": {
        "message": "Missing required parameter: 'prompt'.",
        "type": "invalid_request_error",
        "param": "prompt",
        "code": "missing_required_parameter",
    }
}
ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": _answer("refused", _ERROR, _WRONG),
    "5XX": _answer("our fault", _ERROR, _WRONG),
}


def _query(name: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


LIST = {
    "parameters": [
        _query("after", type="string"),
        _query("limit", type="integer", minimum=1, maximum=100),
        _query("order", enum=["asc", "desc"]),
    ]
}
VARIANT = {"parameters": [_query("variant", enum=["video", "thumbnail", "spritesheet"])]}
