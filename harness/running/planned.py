"""From an order to one planned episode, wherever it is going to be played."""

from collections.abc import Sequence
from dataclasses import replace

from harness.plan import Plan
from harness.recording.run_folder import RunFolder
from harness.running.arm import Arm
from harness.running.order import Order
from harness.staging.prepared import Prepared
from harness.users.appointing import smiths_of
from sandbox_server.ledger import Sink


def planned(order: Order, prepared: Prepared, trial: int, arm: Arm, sinks: Sequence[Sink] = ()) -> Plan:
    """One episode of an order, which keeps no record yet."""
    scenario = prepared.scenario
    return Plan(
        prepared,
        trial,
        order.seeds(scenario, trial),
        order.terms.limits(scenario.limits),
        sinks=tuple(sinks),
        judge=order.options.judge,
        smiths=smiths_of(order.options, None),
        arm=arm.name,
        faults=arm.profiles,
    )


def placed(plan: Plan, order: Order, folder: RunFolder | None, attempt: int) -> Plan:
    """The plan of one attempt, with its places in the run's folder, if there is one."""
    if folder is None:
        return replace(plan, attempt=attempt)
    name = plan.prepared.scenario.name
    record, outputs = folder.record(name, plan.trial, plan.arm), folder.outputs(name, plan.trial, plan.arm)
    smiths = smiths_of(order.options, record)
    return replace(plan, record=record, outputs=outputs, attempt=attempt, smiths=smiths)
