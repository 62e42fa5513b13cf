"""Changes whose contents follow from a few words, written, shown and submitted by the registry here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.desk.asked_proposing import SHOWN, Enrolling, Keyed, Proposed, Saying, Succession
from metricgov.desk.at import At
from metricgov.desk.deciding import outcome_of
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.drafting import Texts
    from metricgov.domain.workflow.commands import Claims


class LocalProposing(At):
    """Implements Proposing over a Session."""

    def retire(
        self,
        definition: str,
        *,
        replaced_by: str = "",
        relation: str = "different",
        last_good_date: str = "",
        effective: str = "",
        saying: Saying = SHOWN,
    ) -> Proposed:
        """Propose to end a definition."""
        from metricgov.desk.contents import retiring

        found = retiring(
            self.session(),
            definition,
            why=_reason(saying),
            replaced_by=replaced_by,
            relation=relation,
            last_good_date=last_good_date,
            effective=effective,
        )
        return self._proposed(found.texts, found.claims, saying)

    def rename(self, definition: str, new_name: str, *, title: str = "", saying: Saying = SHOWN) -> Proposed:
        """Propose another name for a definition."""
        from metricgov.desk.contents import readers_words, renaming

        found = renaming(self.session(), definition, new_name, why=_reason(saying), title=title)
        return self._proposed(found.texts, found.claims, saying, readers_words(definition, found.readers))

    def import_people(
        self,
        listed: bytes,
        name: str,
        *,
        complete: bool = False,
        hashed: bool = False,
        new_teams: bool = False,
        saying: Saying = SHOWN,
    ) -> Enrolling:
        """Propose the people of a list for people.yaml."""
        from metricgov.app.staffing import enrolled
        from metricgov.domain.people.listed import read_list

        session = self.session()
        read = read_list(listed, name)
        found = enrolled(
            session.access, session.governance, read, complete=complete, hashed=hashed, new_teams=new_teams
        )
        proposed = self._governed(found.texts, saying)
        return Enrolling(found.enrolment.steps, found.enrolment.same, tuple(read.unused), proposed)

    def replace_person(self, old: str, new: str, *, saying: Saying = SHOWN) -> Succession:
        """Propose one person for every place of another."""
        from metricgov.app.moment import at_tip
        from metricgov.app.staffing import replaced

        session = self.session()
        workspace = session.workspace
        found = replaced(at_tip(session.access), old=old, new=new, lookup=workspace.lookup, ids=workspace.journal)
        handover = found.handover
        proposed = self._governed(found.texts, saying)
        return Succession(handover.takes, handover.warns, found.open_work, found.named_in, proposed)

    def add_key(self, key: str, signature: bytes, *, saying: Saying = SHOWN) -> Keyed:
        """Propose a key of the reader, with a proof that they hold it."""
        from metricgov.app.keys import added, given_proof, proposed_in, record_proof
        from metricgov.domain.workflow.requirements import shown

        session = self.session()
        access, governance, principal = session.access, session.governance, session.actor.principal
        if governance.person(principal) is None:
            says = f"{principal} is a program, and programs do not sign"
            raise BadInput("not_a_person", says, hint="act as a person")
        public, proof = given_proof(access, governance, principal=principal, line=key, signature=signature)
        facts = public.fingerprint, public.kind, principal
        texts = added(access, governance, principal=principal, line=public.line)
        if texts is None or (change := proposed_in(access, public.line)):
            if proof is not None and not saying.preview:
                record_proof(access, proof, actor=session.actor)
                self.forget()
            if texts is not None:
                says = f"{shown(change)} proposes that key already; metricgov change show {shown(change)}"
            elif proof is None:
                says = f"{public.fingerprint} is {principal}'s key on main, and proved. Nothing is to do."
            else:
                says = f"Recorded the proof that {principal} holds {public.fingerprint}, which main has already."
            return Keyed(*facts, says, None)
        why = saying.why.strip() or f"{public.fingerprint} signs for {principal}"
        proposed = self._governed(texts, replace(saying, why=why))
        if proof is not None and not saying.preview:
            session = self.session()
            record_proof(session.access, proof, actor=session.actor)
            self.forget()
        return Keyed(*facts, "", proposed)

    def revoke_key(self, key: str, *, since: str = "", saying: Saying = SHOWN) -> Keyed:
        """Propose that a key counts no more."""
        from metricgov.app.keys import held_keys, named, public_half, revoked

        session = self.session()
        found = named(held_keys(session.access, session.governance), key, line=public_half(key))
        texts = revoked(session.access, session.governance, found, since=since)
        if not saying.preview:
            _reason(saying)
        proposed = self._governed(texts, saying)
        return Keyed(found.key.fingerprint, found.key.kind, found.person, "", proposed)

    def _governed(self, texts: Texts, saying: Saying) -> Proposed:
        from metricgov.domain.workflow.commands import Claims

        needed = replace(texts, files=tuple(one for one in texts.files if one.text != one.base))
        return self._proposed(needed, Claims(why=saying.why.strip()), saying)

    def _proposed(self, texts: Texts, claims: Claims, saying: Saying, notes: tuple[str, ...] = ()) -> Proposed:
        """Show what contents mean, and submit them unless they are only shown; all that is missing is refused."""
        from metricgov.app.ulid import new_ulid
        from metricgov.desk.drafts import Offer
        from metricgov.desk.weighing import weighed

        session = self.session()
        change = new_ulid(session.access.clock.now())
        claims = claims.model_copy(update={"refs": saying.refs})
        offer = Offer(session, change, texts, claims, submit=not saying.draft)
        outlook = offer.outlook()
        found = weighed(session, outlook)
        if saying.preview:
            return Proposed(found, None, notes)
        offer.refuse(outlook, owed=True)
        try:
            events = replace(offer, claims=outlook.claims).record()
        finally:
            self.forget()
        return Proposed(found, outcome_of(self.session(), change, events), notes)


def _reason(saying: Saying) -> str:
    """Return why, which becomes part of a file; a text of the program stands in where contents are only shown."""
    if saying.why.strip():
        return saying.why.strip()
    if saying.preview:
        return "not said yet"
    raise BadInput("words_missing", "this goes on record and needs words", hint="say why")
