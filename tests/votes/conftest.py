"""A server without a worker, with finished clips as rows and real small files."""

import pytest

from phonofilm.jobs.store.database import new_id, now
from phonofilm.jobs.store.tables import Job, Output

from ..server.conftest import start


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running, stop = start(tmp_path_factory.mktemp("home"), worker=False)
    yield running
    stop()


def takes(server, prompt, engines, *, tenant="main", seconds=4.0, film=None):
    """Finished takes of one prompt, one by each engine; returns their ids. ``film``: the file that each of them is."""
    from phonofilm.clip.sign import prompt_hash
    from phonofilm.jobs.store.hashes import script_hash

    made = []
    with server.app.state.service.db.session() as session:
        for engine in engines:
            ident = new_id("gen")
            session.add(
                Job(
                    id=ident,
                    tenant=tenant,
                    user="owner",
                    dialect="native",
                    state="succeeded",
                    step="",
                    progress=1.0,
                    model=engine,
                    engine=engine,
                    request={"prompt": prompt, "seconds": seconds},
                    extra={},
                    prompt_hash=prompt_hash(prompt),
                    script_hash=script_hash(prompt),
                    seed=7,
                    created=now(),
                    updated=now(),
                    finished=now(),
                    expires=now() + 900,
                    result={"seconds": seconds},
                )
            )
            session.flush()
            session.add(
                Output(
                    id=new_id("out"),
                    job=ident,
                    name="video.mp4",
                    key=f"main/{ident}/video.mp4",
                    content_type="video/mp4",
                    bytes=film.stat().st_size if film else 3,
                    sha256="0" * 64,
                    width=854,
                    height=480,
                )
            )
            if film is not None:
                server.app.state.service.bucket.put(f"main/{ident}/video.mp4", film, "video/mp4")
            made.append(ident)
    return made
