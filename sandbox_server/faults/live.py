"""The faults of one episode as they are toggled now, and their hooks on its path while there are any."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fault_injection.counters import Counters
from fault_injection.delivery import Delivery
from fault_injection.engine import Decision, Engine, armed, fired_counts
from fault_injection.errors import FaultError
from fault_injection.match import Predicates
from fault_injection.method import CALL
from fault_injection.profile import INLINE, Profile, composed, standing_of
from fault_injection.rule import Rule, patched
from sandbox_server.call import Call, Reply
from sandbox_server.errors import NotFound
from sandbox_server.family import Site
from sandbox_server.faults.around import Performance, counters_of, keep_counters
from sandbox_server.faults.asking import asked_of
from sandbox_server.faults.fitting import check_fit
from sandbox_server.faults.listings import Listings
from sandbox_server.faults.looking import UNANSWERED, Looking
from sandbox_server.faults.plan import Plan, is_own, is_wire, plan_of
from sandbox_server.hooks import Apply, Hooks, Proceed
from sandbox_server.ledger import Entry
from worlds.chance import Chance

if TYPE_CHECKING:
    from sandbox_server.episode import Episode

_PLANS_MAX: Final = 4_096
"""Plans of calls whose answers never come to travel are forgotten after so many others."""
NEAR_MAX: Final = 200


class Live:
    """Profiles in force, their revision, and what nearly happened."""

    def __init__(self, episode: "Episode", *, predicates: Predicates | None = None) -> None:
        self.episode = episode
        self.predicates: Predicates = predicates or {}
        self.profiles: tuple[Profile, ...] = ()
        self.revision = 0
        """Counts changes; the ledger says when each took effect."""
        self.seed: int | None = None
        """Seed of all draws; None: derived from the world's."""
        self.near: deque[dict[str, Any]] = deque(maxlen=NEAR_MAX)
        """Calls of a covered tool that a rule was not about in the end, and why."""
        self.began_ns = episode.first.clock.state().now_ns
        """What windows of time count from; a fork goes on counting."""
        self.engine: Engine | None = None
        self.sieve: Callable[[Engine], Engine] | None = None
        """What is made of every engine before it stands."""
        self.looking = Looking(episode)
        """Who answers what rules ask of the world's state."""
        self.listings = Listings(self)
        """The tool lists that clients are shown."""
        self._performance = Performance(episode)
        self._plans: OrderedDict[int, Plan] = OrderedDict()

    def put(self, profiles: Iterable[Profile], *, seed: int | None = None, note: bool = True) -> None:
        """Put these profiles in force and no others. Raises Unfit or FaultError, and then nothing has changed."""
        made = composed(profiles)
        check_fit(self.episode, made, self.predicates, self.looking)
        self.profiles = made
        self.seed = self.seed if seed is None else seed
        engine = Engine(made, self._chance(), self.predicates)
        self.engine = engine if self.sieve is None else self.sieve(engine)
        self._hook(idle=self.engine.is_idle)
        for server in self.episode.servers:
            self.listings.announce(server)
        if note:
            beside = {"standing": told} if (told := standing_of(made)) else {}
            self._noted("put", {"profiles": [profile.to_json() for profile in made], "seed": seed, **beside})

    def stand(self, engine: Engine | None) -> None:
        """Let an engine decide about the next call, whatever was toggled since it was made; nothing is noted."""
        self.engine = engine
        self._hook(idle=engine is None or engine.is_idle)

    def add(self, profile: Profile, *, expires_ns: int | None = None) -> None:
        """Add a profile, or rules without one to those before, for good or a while. Raises Unfit or FaultError."""
        added = replace(profile, expires_ns=expires_ns)
        if profile.name == INLINE:
            added = profile.with_rules(replace(rule, expires_ns=expires_ns) for rule in profile.rules)
        known = next((each for each in self.profiles if each.name == profile.name), None)
        if known is None or profile.name != INLINE:
            self.put([*self.profiles, added], note=False)
        else:
            names = {rule.name for rule in known.rules}
            if twice := [rule.name for rule in added.rules if rule.name in names]:
                raise FaultError(f"there is a rule {INLINE}/{twice[0]} already", hint="give it a `name` of its own")
            self._replace_profile(INLINE, lambda found: found.with_rules((*found.rules, *added.rules)))
        self._noted("add", {"profile": profile.to_json(), "expires_ns": expires_ns})

    def check(self, profiles: Iterable[Profile]) -> None:
        """Raises Unfit or FaultError where these could not all be added."""
        made = composed([*self.profiles, *profiles])
        check_fit(self.episode, made, self.predicates, self.looking)

    def switch(self, name: str, *, enabled: bool) -> None:
        """Turn a profile, or a rule by its full name, on or off. Raises NotFound."""
        if "/" in name:
            self._replace_rule(name, lambda rule: rule.switched(enabled))
        else:
            self._replace_profile(name, lambda profile: replace(profile, enabled=enabled))
        self._noted("on" if enabled else "off", {"name": name})

    def patch(self, name: str, patch: dict[str, Any]) -> Rule:
        """Change some keys of a rule by a merge patch. Raises NotFound, FaultError or Unfit."""
        self._replace_rule(name, lambda rule: patched(rule, patch))
        self._noted("patch", {"name": name, "patch": patch})
        return self.rule(name)

    def expire(self, name: str, at_ns: int | None) -> None:
        """Let a profile or a rule end at a time of the world's clock, or never. Raises NotFound."""
        if "/" in name:
            self._replace_rule(name, lambda rule: replace(rule, expires_ns=at_ns))
        else:
            self._replace_profile(name, lambda profile: replace(profile, expires_ns=at_ns))
        self._noted("expire", {"name": name, "at_ns": at_ns})

    def fire(self, name: str) -> None:
        """Let a rule fire at the next call that it is about, whatever its trigger says.

        Raises NotFound, and FaultError for one that is off.
        """
        rule = self.rule(name)
        if not (rule.enabled and next(each.enabled for each in self.profiles if each.name == name.partition("/")[0])):
            raise FaultError(f"{name} is off, and would not fire", hint="turn it on first")
        keep_counters(self.episode, armed(counters_of(self.episode), name))
        self.episode.repark()
        self._noted("fire", {"name": name})

    def forget(self) -> None:
        """Put all counters back, and leave what is toggled as it is."""
        keep_counters(self.episode, Counters())
        self.episode.repark()
        self._noted("forget", {})

    async def explain(self, call: Call) -> Decision | None:
        """What would happen to a call now; nothing is counted."""
        engine = self.engine
        if engine is None:
            return None
        call = self.listings.meant(call) if call.method == CALL else call
        asked = replace(asked_of(self.episode, call, self.began_ns), now_ns=self.episode.world.clock.now_ns)
        if questions := engine.questions(asked):
            asked = replace(asked, looked=await self.looking.answers(questions))
        return engine.decide(asked, counters_of(self.episode))

    def rule(self, name: str) -> Rule:
        """A rule by its full name, `profile/rule`. Raises NotFound."""
        profile, _, short = name.partition("/")
        for found in self.profiles:
            if found.name == profile:
                for rule in found.rules:
                    if rule.name == short:
                        return rule
        known = ", ".join(f"{p.name}/{rule.name}" for p in self.profiles for rule in p.rules) or "none"
        raise NotFound(f"there is no rule {name!r}", hint=f"known: {known}")

    def fired(self) -> dict[str, int]:
        """How often each rule has fired."""
        return dict(fired_counts(counters_of(self.episode), self.profiles))

    def carry_to(self, other: "Live") -> None:
        """Put in force in another episode what is in force here."""
        other.predicates, other.seed, other.began_ns = self.predicates, self.seed, self.began_ns
        if self.profiles:
            other.put(self.profiles, note=False)
        other.revision = self.revision

    async def around(self, call: Call, proceed: Proceed) -> Reply:
        """The hook around calls."""
        engine = self.engine
        if engine is not None and engine.of_lists and call.method == CALL and call.web is None:
            return await self.listings.around(call, proceed, self._judged)
        return await self._judged(call, proceed)

    async def _judged(self, call: Call, proceed: Proceed) -> Reply:
        """One call or request, after the rules were asked."""
        engine = self.engine
        if engine is None or not engine.covering(call.server, call.tool, method=call.method):
            return await proceed(call)
        asked = asked_of(self.episode, call, self.began_ns)
        if questions := engine.questions(asked):
            asked = replace(asked, looked=await self.looking.answers(questions))
        decision = engine.decide(asked, counters_of(self.episode))
        if decision is None:
            return await proceed(call)
        keep_counters(self.episode, decision.counters)
        self._note_near(call, decision)
        plan = plan_of(decision)
        self._keep(call.number, plan)
        self.listings.change(plan.lists, call, "before")
        reply = await self._performance.around(plan, call, proceed)
        self.listings.change(plan.lists, call, "after")
        return reply

    async def effect(self, call: Call, site: Site, apply: Apply) -> Reply:
        """The hook around effects."""
        plan = self._plans.get(call.number)
        return await (apply(call, site) if plan is None else self._performance.effect(plan, call, site, apply))

    def record(self, call: Call, entry: Entry) -> None:
        """The hook before the ledger keeps an entry."""
        self.listings.record(call, entry)
        plan = self._plans.get(call.number)
        if plan is None:
            return
        if call.transport != "http":
            entry.notes["transport"] = call.transport
        self._performance.record(plan, call, entry)
        if unanswered := [each.question for each in plan.decision.noted if each.looked and each.looked.unanswered]:
            entry.notes[UNANSWERED] = unanswered
        if not is_wire(plan.fault):
            del self._plans[call.number]

    def travel(self, call: Call, delivery: Delivery) -> Delivery:
        """The hook before an answer travels."""
        plan = self._plans.pop(call.number, None)
        return delivery if plan is None else self._performance.travel(plan, call, delivery)

    def travel_inside(self, call: Call, delivery: Delivery) -> Delivery:
        """The hook for one answer of a batch."""
        return self.travel(call, delivery) if is_own(self._plans.get(call.number)) else delivery

    def travel_together(self, calls: Sequence[tuple[Call, Entry]], delivery: Delivery) -> Delivery:
        """The hook before the answers of a batch travel."""
        hit = [(call, entry, self._plans.pop(call.number, None)) for call, entry in calls]
        return self._performance.travel_together(hit, delivery)

    def hits(self, number: int) -> bool:
        """Whether something is decided to go wrong with a call (by its arrival) that is not answered yet."""
        plan = self._plans.get(number)
        return plan is not None and bool(plan.decision.fired)

    def others(self) -> Hooks:
        """The episode's hooks without those of the faults."""
        hooks = self.episode.hooks
        return replace(
            hooks,
            call=tuple(hook for hook in hooks.call if hook != self.around),
            asked=tuple(hook for hook in hooks.asked if hook != self.around),
            state=tuple(hook for hook in hooks.state if hook != self.effect),
            entry=tuple(hook for hook in hooks.entry if hook != self.record),
            delivery=tuple(hook for hook in hooks.delivery if hook != self.travel),
            inside=tuple(hook for hook in hooks.inside if hook != self.travel_inside),
            batch=tuple(hook for hook in hooks.batch if hook != self.travel_together),
        )

    def _replace_rule(self, name: str, change: Callable[[Rule], Rule]) -> None:
        changed = change(self.rule(name))
        profile, _, short = name.partition("/")
        self._replace_profile(
            profile, lambda found: found.with_rules(changed if rule.name == short else rule for rule in found.rules)
        )

    def _replace_profile(self, name: str, change: Callable[[Profile], Profile]) -> None:
        if all(profile.name != name for profile in self.profiles):
            known = ", ".join(profile.name for profile in self.profiles) or "none"
            raise NotFound(f"no profile {name!r} is in force", hint=f"in force: {known}")
        self.put([change(each) if each.name == name else each for each in self.profiles], note=False)

    def _chance(self) -> Chance:
        own = self.episode.world.chance
        return own.derive("faults") if self.seed is None else Chance(self.seed)

    def _hook(self, *, idle: bool) -> None:
        """Stand on the path of calls, innermost, or leave it: then a call costs what it costs without faults."""
        hooks = self.others()
        if not idle:
            hooks = replace(
                hooks, call=(*hooks.call, self.around), state=(*hooks.state, self.effect),
                entry=(*hooks.entry, self.record), delivery=(*hooks.delivery, self.travel),
                inside=(*hooks.inside, self.travel_inside), batch=(*hooks.batch, self.travel_together),
                asked=(*hooks.asked, self.around) if self.engine and self.engine.of_requests else hooks.asked,
            )  # fmt: skip
        self.episode.hooks = hooks

    def _keep(self, number: int, plan: Plan) -> None:
        self._plans[number] = plan
        if len(self._plans) > _PLANS_MAX:
            self._plans.popitem(last=False)

    def _note_near(self, call: Call, decision: Decision) -> None:
        for verdict in decision.verdicts:
            if verdict.missed:
                self.near.append({
                    "rule": verdict.name, "server": call.server, "tool": call.tool, "call": max(0, call.number),
                    **({} if call.method == CALL else {"method": call.method}),
                    "missed": verdict.missed, "now_ns": decision.asked.now_ns,
                })  # fmt: skip

    def _noted(self, what: str, arguments: dict[str, Any]) -> None:
        self.revision += 1
        self.episode.act("faults", {"change": what, "revision": self.revision, **arguments})
