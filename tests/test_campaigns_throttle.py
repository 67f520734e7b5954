"""So many an hour, and so many an hour to one mail domain: exact in every sixty minutes, whoever works."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns.sending import batch, lease
from campaigns.sending.throttle import Pace
from crmseg.common import clock

from .campaign_worlds import list_of, mail_server, started, subscriber

pytestmark = pytest.mark.django_db
STEP = timedelta(seconds=30)


@pytest.fixture
def server(settings):
    with mail_server() as (server, url):
        settings.EMAIL_URL = f"{url}?connections=4"
        yield server


@pytest.fixture
def run(monkeypatch):
    """Let time pass in steps, sending whatever is due at each; when each address was begun."""
    start = clock.now()

    def run(campaign, hours):
        begun = {}
        for step in range(int(hours * 3600 / STEP.total_seconds())):
            now = start + step * STEP
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            if campaign.pk in lease.due_campaigns(now):
                while batch.send_batch(campaign.pk):
                    pass
            for send in campaign.sends.filter(state="sent").exclude(address__in=list(begun)):
                begun[send.address] = send.attempt_at
        return begun

    return run


def most_in_an_hour(times):
    return max(sum(at - timedelta(hours=1) < other <= at for other in times) for at in times)


def test_an_hour_never_sees_more_than_its_share_and_time_is_used(server, run):
    campaign = started(list_of(*(subscriber() for _ in range(50))), throttle_per_hour=20)
    begun = run(campaign, 2)
    assert most_in_an_hour(list(begun.values())) == 20
    assert 38 <= len(begun) <= 40


def test_an_hour_is_not_used_up_at_its_beginning(server, run):
    campaign = started(list_of(*(subscriber() for _ in range(30))), throttle_per_hour=20)
    assert len(run(campaign, 0.25)) <= 6


def test_a_domain_has_its_own_share_and_keeps_nobody_else_waiting(server, run):
    people = [subscriber(email=f"p{n}@big.example") for n in range(15)]
    people += [subscriber(email=f"p{n}@Small{n}.example") for n in range(15)]
    campaign = started(list_of(*people), throttle_domain_per_hour=6)
    begun = run(campaign, 1)
    sent = Counter("big" if address.endswith("big.example") else "small" for address in begun)
    assert sent == {"small": 15, "big": 6}
    waiting = list(campaign.sends.filter(state="queued").values_list("next_attempt_at", flat=True))
    assert len(set(waiting)) == 9
    assert len(server.accepted) == 21


def test_what_another_worker_holds_counts(server):
    campaign = started(list_of(*(subscriber() for _ in range(10))), throttle_per_hour=60 * 6)
    one = lease.take(campaign, 4)
    two = lease.take(campaign, 10)
    assert (len(one.sends), len(two.sends)) == (4, 2)
    three = lease.take(campaign, 10)
    campaign.refresh_from_db()
    assert not three.sends
    assert campaign.retry_at > clock.now()
    one.release()
    assert len(lease.take(campaign, 10).sends) == 4


def test_a_pause_saves_nothing_up(server, run, monkeypatch):
    campaign = started(list_of(*(subscriber() for _ in range(30))), throttle_per_hour=12)
    now = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: now)
    batch.send_batch(campaign.pk)
    assert len(server.accepted) == 1


def test_less_than_one_a_minute_is_spread_too():
    pace = Pace(12)
    now = clock.now()
    assert pace.room(now) == 1
    pace.begun.append(now)
    assert pace.room(now + timedelta(minutes=4)) == 0
    assert pace.room_at(now) == now + timedelta(minutes=5)
