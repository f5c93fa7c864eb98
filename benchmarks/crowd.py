"""A crowded database in a second or two: many jobs of many tenants, without the service."""

from __future__ import annotations

import random

from sqlalchemy import insert, text

from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.search import words_of
from phonofilm.jobs.store.tables import Event, Job, PromptWord, Tenant

COLOURS = "red blue green amber white black violet golden silver crimson".split()
THINGS = "ball owl bell dancer lighthouse violin kettle train lantern sparrow".split()
PLACES = "beach meadow harbour theatre rooftop forest market station valley bridge".split()


def crowd(db, count, *, tenants=20, main=0.5, old=86_400.0 * 20):
    """``count`` jobs, a share ``main`` of them of the tenant "main", nearly all finished, over the last ``old``
    seconds."""
    chance, moment = random.Random(7), now()
    names = ["main", *(f"t{number}" for number in range(1, tenants))]
    with db.session() as session:
        for name in names:
            if session.get(Tenant, name) is None:
                session.add(Tenant(id=name, name=name, settings={}, created=moment))
    for begin in range(0, count, 2_000):
        jobs, words, events = [], [], []
        for number in range(begin, min(begin + 2_000, count)):
            tenant = "main" if chance.random() < main else chance.choice(names[1:])
            prompt = (
                f"A {chance.choice(COLOURS)} {chance.choice(THINGS)} rolls over a {chance.choice(PLACES)} at dusk,"
                f" take{number}, sound of waves."
            )
            ident, created = new_id("gen"), moment - old * (1 - number / count)
            state = "succeeded" if chance.random() < 0.95 else chance.choice(["failed", "cancelled", "expired"])
            ended = created + 9.0
            jobs.append(
                {
                    "id": ident,
                    "tenant": tenant,
                    "user": "u",
                    "dialect": chance.choice(["native", "openai", "ark"]),
                    "state": state,
                    "step": "",
                    "progress": 1.0,
                    "model": "fake",
                    "engine": "fake",
                    "request": {"prompt": prompt, "seconds": 5.0, "resolution": "480p", "references": []},
                    "extra": {},
                    "prompt_hash": f"{number:064x}",
                    "script_hash": f"{number:064x}",
                    "project": f"p{number % 70}" if number % 10 == 0 else None,
                    "favourite": created if number % 50 == 0 else None,
                    "seed": number,
                    "priority": 0,
                    "attempt": 0,
                    "created": created,
                    "updated": ended,
                    "started": created + 1,
                    "finished": ended,
                    "expires": created + 1e5,
                    "cancel_requested": False,
                    "result": {"seconds": 5.0, "padding": "x" * 400},
                    "cost_reserved": 0,
                    "price_version": "",
                    "legal_hold": False,
                    "watermark": number,
                }
            )
            words += [{"tenant": tenant, "word": word, "job": ident} for word in words_of(prompt)]
            events.append({"job": ident, "tenant": tenant, "type": f"generation.{state}", "data": {}, "created": ended})
        with db.session() as session:
            session.execute(insert(Job), jobs)
            session.execute(insert(PromptWord), words)
            session.execute(insert(Event), events)
    with db.engine.connect() as link:
        link.execute(text("ANALYZE"))
        link.commit()
