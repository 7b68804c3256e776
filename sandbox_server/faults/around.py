"""How faults have their effect on a call: before it, in it, after it, and on the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fault_injection.bodies import dated
from fault_injection.counters import NAME, Counters
from fault_injection.delivery import Delivery
from fault_injection.engine import promised, withdrawn
from fault_injection.fault import Acting, Delivering, Fault, Refusing, Rewriting, Saying
from fault_injection.method import CALL
from fault_injection.scene import Refused, Scene
from fault_injection.verdict import Verdict
from sandbox_server.call import ABSENT, Call, Reply
from sandbox_server.dialect import worded
from sandbox_server.family import Site
from sandbox_server.faults.ground import CallGround
from sandbox_server.faults.plan import Plan
from sandbox_server.faults.truth import true_reply
from sandbox_server.hooks import Apply, Proceed
from sandbox_server.ledger import Entry
from worlds.clock import MS
from worlds.errors import WorldError

if TYPE_CHECKING:
    from sandbox_server.episode import Episode

TRUTH_STEP = "truth_step"
"""The note that says after which step of the world the truth beside a call without an effect was true."""
STAND_IN = Reply.refused(-32603, "Internal error")
"""What would be told of a call that a fault of its transport keeps from the server, if anything were."""

_FRESH_DIGITS: Final = 32
LOST: Final = "lost"
"""What became of an answer in a batch whose way another call's fault took."""


class Performance:
    """Carries out plans in one episode."""

    def __init__(self, episode: "Episode") -> None:
        self.episode = episode

    async def around(self, plan: Plan, call: Call, proceed: Proceed) -> Reply:
        """The whole call."""
        await self._pass(plan, call, "before")
        if call.web is not None and plan.fault is not None and plan.fault.layer == "rpc":
            plan.drop("a plain request has no JSON-RPC around it")
        fault, verdict = plan.fault, plan.outcome
        if fault is None or verdict is None:
            reply = await proceed(call)
        elif verdict.rule.phase == "before":
            reply = await self._instead(plan, call, fault, verdict)
        else:
            reply = await self._afterwards(plan, call, fault, verdict, await proceed(call))
        await self._pass(plan, call, "after")
        if plan.fault is not None and verdict is not None:
            self._promise(plan, verdict)
        return reply

    async def effect(self, plan: Plan, call: Call, site: Site, apply: Apply) -> Reply:
        """The effect, for faults of the state."""
        fault, verdict = plan.fault, plan.outcome
        if not isinstance(fault, Acting) or verdict is None:
            return await apply(call, site)
        plan.true_reply, plan.truth_note = await true_reply(self.episode, call)
        ground = CallGround(self.episode, call, site, apply)
        try:
            answer: Reply | None = await fault.act(ground, self.scene(plan, verdict, call))
        except WorldError as error:
            ground.undo()
            ground.answer = None
            plan.drop(f"it could not be done: {error.message}")
            return await ground.apply()
        if answer is None:
            plan.drop("there was nothing to do it to")
            return ground.answer or await ground.apply()
        return answer

    def travel(self, plan: Plan, call: Call, delivery: Delivery) -> Delivery:
        """How the answer travels."""
        fault, verdict = plan.fault, plan.outcome
        if fault is not None and fault.dates_off_ms:
            return _redated(delivery, self.episode.world.clock.now_ns + fault.dates_off_ms * MS)
        if not isinstance(fault, Delivering) or verdict is None:
            return delivery
        return fault.deliver(delivery, self.scene(plan, verdict, call))

    def travel_together(self, calls: Sequence[tuple[Call, Entry, Plan | None]], delivery: Delivery) -> Delivery:
        """How the answers of a batch travel: one after the other has its say, until all of them are lost."""
        lost: Entry | None = None
        for call, entry, plan in calls:
            if plan is None or lost is not None or not isinstance(plan.fault, Delivering):
                continue
            delivery = self.travel(plan, call, delivery)
            lost = None if plan.fault.arrives else entry
        if lost is not None and delivery.end == "ok":
            for _, entry, _ in calls:
                if entry is not lost:
                    self.episode.ledger.delivered(entry, LOST)
        return delivery

    def record(self, plan: Plan, call: Call, entry: Entry) -> None:
        """What the ledger says of it."""
        entry.rules = plan.rules()
        if plan.fault is None:
            self._withdraw(plan)
            return
        entry.truth_note = plan.truth_note
        entry.truth = "not computed" if plan.true_reply is None else "computed"
        entry.true_reply = plan.true_reply
        if plan.truth_step is not None:
            entry.notes[TRUTH_STEP] = plan.truth_step
        if plan.wire is not None:
            entry.notes["wire"] = dict(plan.wire)
        if plan.lost:
            entry.told = None

    def _withdraw(self, plan: Plan) -> None:
        """What had no effect counts for no budget."""
        if plan.outcome is not None:
            asked = plan.decision.asked
            keep_counters(self.episode, withdrawn(counters_of(self.episode), plan.outcome, asked))

    def scene(self, plan: Plan, verdict: Verdict, call: Call) -> Scene:
        """What a fault is to know."""
        return plan.decision.scene(verdict, self.episode.world.clock.now_ns, call.request_id)

    async def _pass(self, plan: Plan, call: Call, phase: str) -> None:
        """Let time pass, all waits of a phase together."""
        waits = [verdict for verdict in plan.waits if verdict.rule.phase == phase]
        span_ms = sum(verdict.rule.fault.wait_ms(self.scene(plan, verdict, call)) for verdict in waits)  # type: ignore[attr-defined]
        await self.episode.waits.hold(span_ms * MS)

    async def _instead(self, plan: Plan, call: Call, fault: Fault, verdict: Verdict) -> Reply:
        """A call that has no effect."""
        if call.method == CALL:
            plan.truth_step = self.episode.step
            plan.true_reply, plan.truth_note = await true_reply(self.episode, call)
        await self._take_time(plan, call, fault, verdict)
        return self._told(plan, call, fault, verdict) or STAND_IN

    async def _afterwards(self, plan: Plan, call: Call, fault: Fault, verdict: Verdict, reply: Reply) -> Reply:
        """A call that had its effect, whatever is told of it."""
        if isinstance(fault, Acting):
            return reply  # it acted inside the effect, if there was one
        plan.true_reply = reply
        await self._take_time(plan, call, fault, verdict)
        if not isinstance(fault, Rewriting):
            return self._told(plan, call, fault, verdict) or reply
        result = None if reply.result is None else fault.rewrite(reply.result, self.scene(plan, verdict, call))
        if result is None:
            plan.drop("there was nothing in the answer to change")
            return reply
        return Reply(dict(result))

    async def _take_time(self, plan: Plan, call: Call, fault: Fault, verdict: Verdict) -> None:
        """Let as much time pass as the fault says it takes; a wait that is told counts from then."""
        await self.episode.waits.hold(fault.takes_ms(self.scene(plan, verdict, call)) * MS)
        self._promise(plan, verdict)

    def _promise(self, plan: Plan, verdict: Verdict) -> None:
        """Let a wait count from now, when it is told."""
        clock, asked = self.episode.world.clock, plan.decision.asked
        if verdict.until and clock.now_ns != asked.now_ns:
            counters = promised(counters_of(self.episode), verdict, clock.now_ns)
            keep_counters(self.episode, counters)

    def _told(self, plan: Plan, call: Call, fault: Fault, verdict: Verdict) -> Reply | None:
        """What is told in place of the answer; None where the answer itself travels, or nothing does."""
        scene, server = self.scene(plan, verdict, call), self.episode.servers[call.server]
        if isinstance(fault, Saying):
            part = self.episode.world.parts.get(call.server)
            fresh = scene.draws.hex(_FRESH_DIGITS, "fresh")
            said = replace(fault.say(scene), part=part, now_ns=scene.now_ns, fresh=fresh)
            return worded(said, call, server)
        if isinstance(fault, Refusing):
            return _refusal(fault.refuse(scene))
        if isinstance(fault, Delivering):
            plan.wire, plan.lost = fault.told(scene), not fault.arrives
        return None


def counters_of(episode: "Episode") -> Counters:
    """What the rules of an episode remember."""
    found = episode.world.companions.get(NAME)
    return found if isinstance(found, Counters) else Counters()


def keep_counters(episode: "Episode", counters: Counters) -> None:
    """Remember, from now on, something else."""
    companions: Mapping[str, Any] = episode.world.companions
    if companions.get(NAME) is not counters:
        episode.world.companions = {**companions, NAME: counters}


def _refusal(refused: Refused) -> Reply:
    return Reply.refused(refused.code, refused.message, ABSENT if refused.data is None else refused.data)


def _redated(delivery: Delivery, now_ns: int) -> Delivery:
    """The same answer with the date of another clock, where it has one."""
    head = tuple(dated(now_ns) if name == b"date" else (name, value) for name, value in delivery.headers)
    return replace(delivery, headers=head)
