"""The page Prometheus reads from a running server."""

from phonofilm.rollout import control


def test_figures_of_rollouts_follow_those_of_jobs(idle):
    db = idle.app.state.service.db
    control.begin(db, frozenset({"fake", "b"}), model="m", control="fake", candidate="b", actor="test")
    with idle.client() as client:
        page = client.get("/metrics").text
    assert 'rollout_percent{candidate="b",model="m"} 5.0' in page
    assert 'rollout_state{candidate="b",model="m",state="walking"} 1.0' in page
    assert 'rollout_state{candidate="b",model="m",state="rolled_back"} 0.0' in page
    assert 'rollout_clips{arm="candidate",model="m",outcome="ended"} 0.0' in page
    assert 'queue_depth{state="queued"} ' in page
    assert page.count("# TYPE rollout_looked_timestamp_seconds") == 1
