"""The one rule that says of every person in the lists of a campaign what becomes of her, written as one piece of SQL.

The estimate, the freeze at the start, whoever enters an ongoing campaign, and the last look before each delivery all
use it, so that they cannot disagree. It is written for the campaign: what the account does not use (caps, priorities,
lists never written to) is not in it, and costs nothing.

The last look differs in what it no longer asks: the lists and the holdout were settled at the start; caps count only
what was sent by now (or two campaigns that wait would keep each other waiting), and so it finds what two starts at the
same moment could not see of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from crmseg.common.sql import place

from .. import policy, ways
from ..asking import pause
from ..models import Campaign, FrequencyCap
from ..tracking import best
from ..whom import Compiler
from . import rivals

GLOBAL_SEED = -1
_WRITTEN = "('sent', 'uncertain')"
_PENDING = "('queued', 'leased', 'waiting')"


class Judgement:
    """The common tables of a statement. The last, `judged`, has contact_id, channel, address, time_zone and outcome."""

    def __init__(self, campaign: Campaign, at: datetime, compiler: Compiler | None = None) -> None:
        self.campaign, self.instant = campaign, at
        self.sql = compiler or Compiler()
        self.rules = policy.current()

    def of_lists(self) -> str:
        """Everyone in the lists."""
        people = self.sql.named(self.campaign.include)
        return self._judged(f"SELECT contact_id, NULL AS channel, NULL AS address FROM ({people}) AS named")

    def of_entered(self, contact_ids: Sequence[int]) -> str:
        """Those who entered a list of an ongoing campaign just now."""
        people = f"SELECT unnest({self.sql.ids(contact_ids)}) AS contact_id"
        return self._judged(f"SELECT DISTINCT contact_id, NULL AS channel, NULL AS address FROM ({people}) AS entered")

    def once_more(self, contact_ids: Sequence[int]) -> str:
        """These, shortly before they are written to: at the channel and the address that were chosen at the start."""
        people = f"""
            SELECT given.contact_id, chosen.channel, chosen.address
              FROM unnest({self.sql.ids(contact_ids)}) AS given(contact_id)
              LEFT JOIN campaigns_send AS chosen
                     ON chosen.contact_id = given.contact_id AND chosen.campaign_id = {self._own()}
                    AND {self._present()}
        """
        return self._judged(people, is_last_look=True)

    def parameters(self) -> dict[str, Any]:
        return self.sql.at(self.instant)

    def _judged(self, people: str, *, is_last_look: bool = False) -> str:
        """`people` have contact_id, and channel and address where they are settled."""
        tables = [f"asked AS ({people})", *self._first(is_last_look)]
        joins, later = [], []
        for name, query, outcome in self._kept_back(is_last_look):
            tables.append(f"{name} AS ({query})")
            joins.append(f"LEFT JOIN {name} ON {name}.contact_id = reached.contact_id")
            later.append(f"WHEN {name}.contact_id IS NOT NULL THEN '{outcome}'")
        if not is_last_look:
            own_share = 0.0 if self.campaign.kind == Campaign.Kind.AUTOMATED else self.campaign.holdout
            later += [
                f"WHEN {bucket('reached.contact_id', seed)} < {self.sql.add(share, 'float8')} THEN '{outcome}'"
                for share, seed, outcome in (
                    (self.rules.holdout, GLOBAL_SEED, "held_out_always"),
                    (own_share, self.campaign.pk or 0, "held_out"),
                )
                if share
            ]
        of_reached = f"CASE {' '.join(later)} ELSE 'queued' END" if later else "'queued'"
        tables.append(f"""
            judged AS MATERIALIZED (
                SELECT reached.contact_id, reached.channel, reached.address, reached.time_zone,
                       CASE WHEN reached.outcome IS NOT NULL THEN reached.outcome ELSE {of_reached} END AS outcome
                  FROM reached {" ".join(joins)}
            )
        """)
        return ",\n".join(tables)

    def _first(self, is_last_look: bool) -> list[str]:
        """`reached`: each person once, on one channel, with the first thing that keeps her from being reached there."""
        channels = ways.channels_of(self.campaign.channel)
        looked = [self._on(channel, is_last_look) for channel in channels]
        if len(looked) == 1:
            return [f"looked AS ({looked[0]})", f"reached AS ({self._apart('looked', is_last_look)})"]
        # A person is on the channel where least is in the way; among those, on the one she answers most on.
        favourite = best.rank_sql("SELECT contact_id FROM asked", self.sql.add(self.campaign.topic, "text"))
        chosen = f"""
            SELECT DISTINCT ON (way.contact_id) way.*
              FROM looked AS way
              LEFT JOIN ({favourite}) AS favourite
                     ON favourite.contact_id = way.contact_id AND favourite.channel = way.channel
             ORDER BY way.contact_id,
                      array_position(ARRAY['no_address', 'no_consent', 'suppressed'], way.outcome) DESC NULLS FIRST,
                      favourite.channel IS NULL,
                      array_position({self.sql.add(list(channels), "text[]")}, way.channel)
        """
        return [
            f"looked AS ({' UNION ALL '.join(looked)})",
            f"chosen AS ({chosen})",
            f"reached AS ({self._apart('chosen', is_last_look)})",
        ]

    def _on(self, channel: str, is_last_look: bool) -> str:
        name, address = self.sql.add(channel, "text"), ways.address(channel)
        said, topic = [], self.sql.add(self.campaign.topic, "text")
        joins = []
        if self.campaign.exclude and not is_last_look:
            outside = self.sql.named(self.campaign.exclude)
            joins.append(f"LEFT JOIN ({outside}) AS outside ON outside.contact_id = contact.id")
            said.append("WHEN outside.contact_id IS NOT NULL THEN 'excluded'")
        said.append(f"WHEN {address} = '' THEN 'no_address'")
        if ways.needs_consent(channel):
            joins.append(f"""
                LEFT JOIN contacts_consent AS whole
                       ON whole.contact_id = contact.id AND whole.channel = {name} AND whole.topic = ''
            """)
            said.append("WHEN whole.status IS DISTINCT FROM 'subscribed' THEN 'no_consent'")
        if self.campaign.topic:
            joins.append(f"""
                LEFT JOIN contacts_consent AS topic
                       ON topic.contact_id = contact.id AND topic.channel = {name} AND topic.topic = {topic}
                LEFT JOIN contacts_consenttopic AS declared ON declared.key = {topic}
            """)
            said.append(
                "WHEN COALESCE(NULLIF(topic.status, 'never'), declared.\"default\") = 'unsubscribed' THEN 'no_consent'"
            )
        addresses = [address, "asked.address"] if is_last_look else [address]
        for nth, one in enumerate(addresses):
            for kind, key in self._suppressible(channel, one):
                table = f"{kind}_{nth}"
                joins.append(f"""
                    LEFT JOIN campaigns_suppression AS {table}
                           ON {table}.channel = {name} AND lower({table}.address) = {key}
                """)
                said.append(f"WHEN {table}.id IS NOT NULL THEN 'suppressed'")
        if policy.has_suppressed_lists(channel):
            joins.append(f"""
                LEFT JOIN (SELECT DISTINCT member.contact_id
                             FROM campaigns_suppressedlist AS never
                             JOIN segments_membership AS member ON member.segment_id = never.segment_id
                            WHERE never.channel = {name}) AS listed ON listed.contact_id = contact.id
            """)
            said.append("WHEN listed.contact_id IS NOT NULL THEN 'suppressed'")
        on_it = f"WHERE COALESCE(asked.channel, {name}) = {name}" if self.campaign.channel == ways.BEST else ""
        return f"""
            SELECT contact.id AS contact_id, {name} AS channel, {address} AS address, contact.time_zone,
                   CASE {" ".join(said)} END AS outcome
              FROM asked
              JOIN contacts_contact AS contact ON contact.id = asked.contact_id
              {" ".join(joins)}
              {on_it}
        """

    def _suppressible(self, channel: str, address: str) -> list[tuple[str, str]]:
        found = [("address", f"lower({address})")]
        if ways.has_domain(channel):
            found.append(("domain", f"'@' || lower(split_part({address}, '@', -1))"))
        return found

    def _apart(self, source: str, is_last_look: bool) -> str:
        """Of those who share an address only the first is written to; in an ongoing campaign, whoever came before.

        Grouped, not sorted: there are hardly any, and the sorting of a million addresses would be half of a start.
        """
        if self.campaign.kind == Campaign.Kind.AUTOMATED:
            # Each is written to about what she did herself, whoever else reads the same mailbox.
            return f"SELECT contact_id, channel, address, time_zone, outcome FROM {source}"
        later = "twins.first < contact_id"
        if self.campaign.kind == Campaign.Kind.ONGOING and not is_last_look:
            later += f"""
                OR EXISTS (SELECT FROM campaigns_send AS before
                            WHERE before.campaign_id = {self._own()} AND before.contact_id <> {source}.contact_id
                              AND before.state <> 'skipped' AND before.channel = {source}.channel
                              AND lower(before.address) = lower({source}.address))
            """
        return f"""
            SELECT contact_id, channel, address, time_zone,
                   CASE WHEN outcome IS NOT NULL THEN outcome WHEN {later} THEN 'duplicate_address' END AS outcome
              FROM {source}
              LEFT JOIN (SELECT channel AS shared, lower(address) AS one, min(contact_id) AS first
                           FROM {source}
                          WHERE outcome IS NULL
                          GROUP BY channel, lower(address)
                         HAVING count(*) > 1) AS twins
                     ON twins.shared = channel AND twins.one = lower(address)
        """

    def _kept_back(self, is_last_look: bool) -> list[tuple[str, str, str]]:
        """Name, query for contact ids, and outcome of what keeps back people who could be reached."""
        found = []
        if capped := self._capped(is_last_look):
            found.append(("capped", capped, "capped"))
        if pause.asks(self.campaign):
            found.append(("asked_before", self._asked(is_last_look), "asked_lately"))
        if taken := self._taken(is_last_look):
            found.append(("taken", taken, "lower_priority"))
        return found

    def _capped(self, is_last_look: bool) -> str:
        if self.campaign.ignores_caps:
            return ""
        channels = ways.channels_of(self.campaign.channel)
        caps = [cap for cap in policy.caps() if cap.channel in channels and cap.topic in {"", self.campaign.topic}]
        # Each may find the same people: the union takes them once.
        return " UNION ".join(self._beyond(cap, is_last_look) for cap in caps)

    def _asked(self, is_last_look: bool) -> str:
        """Whoever answered a survey, or was sent the link to one, within the pause."""
        since = self.sql.add(self.instant - pause.PAUSE, "timestamptz")
        others = self.sql.ids([pk for pk in pause.asking(self.instant) if pk != self.campaign.pk])
        states = _WRITTEN if is_last_look else f"{_WRITTEN[:-1]}, {_PENDING[1:]}"
        return f"""
            SELECT told.contact_id FROM campaigns_surveyresponse AS told
              JOIN reached ON reached.contact_id = told.contact_id
             WHERE told.completed_at >= {since}
             UNION
            SELECT sent.contact_id FROM campaigns_send AS sent
              JOIN reached ON reached.contact_id = sent.contact_id
             WHERE sent.campaign_id = ANY({others}) AND sent.state IN {states}
               AND COALESCE(sent.sent_at, sent.attempt_at, {since}) >= {since}
        """

    def _beyond(self, cap: FrequencyCap, is_last_look: bool) -> str:
        since = self.sql.add(self.instant - timedelta(days=cap.days), "timestamptz")
        counted = f"(sent.state IN {_WRITTEN} AND COALESCE(sent.sent_at, sent.attempt_at) >= {since})"
        if not is_last_look:
            counted += f" OR (sent.state IN {_PENDING} AND other.state IN ('sending', 'paused'))"
        about = f"AND other.topic = {self.sql.add(cap.topic, 'text')}" if cap.topic else ""
        channel = self.sql.add(cap.channel, "text")
        return f"""
            SELECT sent.contact_id
              FROM reached
              JOIN campaigns_send AS sent ON sent.contact_id = reached.contact_id
              JOIN campaigns_campaign AS other ON other.id = sent.campaign_id
             WHERE reached.outcome IS NULL AND reached.channel = {channel} AND sent.channel = {channel}
               AND sent.campaign_id <> {self._own()} AND NOT other.ignores_caps {about} AND ({counted})
             GROUP BY sent.contact_id
            HAVING count(*) >= {self.sql.add(cap.messages, "bigint")}
        """

    def _taken(self, is_last_look: bool) -> str:
        above = rivals.of(self.campaign, self.instant)
        taken = []
        if above.started:
            taken.append(f"""
                SELECT sent.contact_id
                  FROM campaigns_send AS sent
                  JOIN reached ON reached.contact_id = sent.contact_id AND reached.channel = sent.channel
                 WHERE sent.campaign_id = ANY({self.sql.ids(above.started)})
                   AND (sent.state IN {_PENDING} OR sent.state IN {_WRITTEN})
            """)
        if not is_last_look:
            for one in above.scheduled:
                inner = Judgement(one, one.scheduled_at or self.instant, self.sql).of_lists()
                taken.append(f"""
                    SELECT theirs.contact_id
                      FROM (WITH {inner} SELECT contact_id, channel FROM judged WHERE outcome = 'queued') AS theirs
                      JOIN reached ON reached.contact_id = theirs.contact_id AND reached.channel = theirs.channel
                """)
        return " UNION ".join(taken)

    def _present(self) -> str:
        """Somebody may have got an automated campaign before: of hers the one that is on its way counts."""
        return "chosen.state = 'leased'" if self.campaign.kind == Campaign.Kind.AUTOMATED else "true"

    def _own(self) -> str:
        return self.sql.add(self.campaign.pk or 0, "bigint")


def bucket(contact_id: str, seed: int) -> str:
    """The place of a contact, in SQL, that says whether she is held out: she keeps it for ever."""
    return place(contact_id, str(seed))
