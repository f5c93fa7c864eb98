"""The first door for what is made while somebody writes: the same checks as a job's, without a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from phonofilm.clip import moderate
from phonofilm.clip.kit import Kit
from phonofilm.jobs.codes import JobError
from phonofilm.jobs.library import assets, origins
from phonofilm.jobs.library.assets import Given
from phonofilm.jobs.run.orders import seen
from phonofilm.spec.reference import named
from phonofilm.spec.request import Generate

if TYPE_CHECKING:
    from phonofilm.jobs.tools import Tools
    from phonofilm.spec.capability import Capability
    from phonofilm.spec.reference import Reference


class Glance:
    """As much of a walk as the door needs: a tenant's assets."""

    def __init__(self, tools: Tools, tenant: str) -> None:
        self.tools: Kit = tools
        self.db, self.bucket, self.tenant = tools.db, tools.bucket, tenant

    def asset(self, reference: Reference) -> Given:
        """The row as plain values. Raises JobError for what is not there or blocked."""
        return assets.given(self.db, self.tenant, reference.asset)


def admitted(
    tools: Tools, tenant: str, request: Generate, card: Capability, folder: Path
) -> tuple[Generate, tuple[str, ...]]:
    """The request with its references as files, those left out that ``card``'s engine would not show, and a note for
    each of these.

    Raises JobError ``input_blocked`` for what policy refuses or a person would have to see first, and for assets that
    are not the tenant's.
    """
    request = origins.traced(tools.db, tenant, request)
    glance = Glance(tools, tenant)
    called = {id(one): name for name, one in named(request.references).items()}
    kept, notes = [], []
    for number, reference in enumerate(request.references):
        name = called[id(reference)]
        if reference.role == "source" and reference.origin is None:
            raise JobError(
                "no_engine",
                "a preview goes on from or changes only a clip that was made here; name such a clip",
                field="references",
            )
        if reference.asset is None:
            notes.append(f"@{name} is not shown: a preview takes uploaded files alone")
        elif (reference.kind, reference.role) not in card.references:
            notes.append(
                f"@{name} is not shown: the animatic takes no {reference.kind} as {reference.role.replace('_', ' ')}"
            )
        else:
            kept.append(_here(glance, reference, number, folder))
    request = replace(request, references=tuple(kept))
    verdict = moderate.admit(request, tools, seen(glance, request))
    if verdict.action != "publish":
        worst = [finding for finding in verdict.findings if finding.severity != "low"]
        categories = moderate.categories(verdict) or "policy"
        field = "references" if worst and all(finding.where.startswith("@") for finding in worst) else "prompt"
        if verdict.action == "review":
            raise JobError(
                "input_blocked",
                f"no preview: a person would look at this first ({categories}); change it, or submit it as it is",
                field=field,
            )
        raise JobError("input_blocked", f"no preview: policy refuses this ({categories}); change it", field=field)
    return request, tuple(notes)


def _here(glance: Glance, reference: Reference, number: int, folder: Path) -> Reference:
    row = glance.asset(reference)
    if row.kind != reference.kind:
        raise JobError(
            "invalid_parameter",
            f"the asset {reference.asset} is {row.kind}, not {reference.kind}; name its kind",
            field="references",
        )
    path = glance.bucket.local(row.key)
    if path is None:
        path = folder / f"reference-{number}{Path(row.key).suffix}"
        glance.bucket.get(row.key, path)
    return replace(reference, path=str(path), person=row.person if reference.person is None else reference.person)
