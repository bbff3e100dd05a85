"""Plans from a state to a program. test_recorded_plans.py compares programs with the real engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import sns, sqs

from platform_components.engine import ProgramError, evaluate
from platform_components.engine.state.sealed import Incomparable
from platform_components.engine.values import UNKNOWN, Secret
from tests.engine.deployments import Model, Opened, deployed, edited, operations, planned, step_of


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Group", name, None, opts)


def queue(name: str = "orders", *, delay: int = 0, **options: Any) -> sqs.Queue:
    return sqs.Queue(name, delay_seconds=delay, opts=pulumi.ResourceOptions(**options))


def alias(**fields: Any) -> list[pulumi.Alias]:
    return [pulumi.Alias(**fields)]


def test_an_unchanged_program_changes_nothing() -> None:
    """Every resource is `same`, and nothing is unknown."""
    plan = planned(queue, deployed(queue))
    assert plan.is_empty
    assert {step.operation for step in plan.steps} == {"same"}


def test_without_a_state_everything_is_created() -> None:
    """A stack that was never deployed creates its resources, and has nothing to compare with."""
    plan = planned(queue, None)
    assert operations(plan)["orders"] == "create"
    assert not plan.compared.exists


def test_outputs_of_unchanged_resources_are_known() -> None:
    """Computed outputs come from the state, for other resources too."""

    def program() -> None:
        pulumi.export("arn", queue().arn)

    graph = evaluate(program, project="shop", stack="dev", state=deployed(program))
    assert graph.outputs == {"arn": "arn:orders"}
    assert graph.one("aws:sqs/queue:Queue").id == "id-orders"


def test_a_changed_property_updates() -> None:
    """The step has the property, both values, and the ID of the resource."""
    step = step_of(planned(lambda: queue(delay=5), deployed(queue), providers=Model()), "orders")
    assert (step.operation, step.changed, step.id) == ("update", ("delaySeconds",), "id-orders")
    assert [(each.kind, each.old, each.new) for each in step.changes] == [("update", 0, 5)]


def test_an_unknown_effect_is_possibly_a_replacement() -> None:
    """A change of which no fact is known is an update that may replace."""
    step = step_of(planned(lambda: queue(delay=5), deployed(queue)), "orders")
    assert step.possibly_replaces
    assert step.possibly_replaced_by == ("delaySeconds",)


def test_a_replacement_makes_outputs_unknown_and_names_its_cause() -> None:
    """A dependent of a replaced resource gets an unknown value, so it is updated."""

    def program(delay: int = 0) -> None:
        arn = queue(delay=delay).arn
        sns.Topic("alerts", display_name=arn)

    plan = planned(lambda: program(5), deployed(program), providers=Model("delaySeconds"))
    assert operations(plan) == {"orders": "replace", "alerts": "update"}
    replaced, updated = step_of(plan, "orders"), step_of(plan, "alerts")
    assert (replaced.order, replaced.replaced_by) == ("create first", ("delaySeconds",))
    assert updated.changes[0].new is UNKNOWN
    assert updated.causes == (replaced.urn,)


def test_an_update_keeps_outputs_known() -> None:
    """Other outputs of an updated resource stay known, so that its dependents do not change."""

    def program(delay: int = 0) -> None:
        sns.Topic("alerts", display_name=queue(delay=delay).arn)

    plan = planned(lambda: program(5), deployed(program), providers=Model())
    assert operations(plan) == {"orders": "update"}


def test_an_unknown_value_without_a_change_is_undetermined() -> None:
    """A value that only the preview does not know is neither changed nor the same."""
    state = deployed(lambda: sns.Topic("alerts", display_name="a"))

    def program() -> None:
        sns.Topic("alerts", display_name=pulumi.Output(set(), _none(), _false()))

    step = step_of(planned(program, state, providers=Model()), "alerts")
    assert (step.operation, step.undetermined) == ("undetermined", ("displayName",))


async def _value(value: Any) -> Any:
    return value


def _none() -> Any:
    return _value(None)


def _false() -> Any:
    return _value(False)


def topic_with_secret(text: str = "winter-barley") -> sns.Topic:
    return sns.Topic("alerts", display_name=pulumi.Output.secret(text))


@pytest.mark.parametrize(
    ("sealed", "operation"),
    [(Incomparable(), "undetermined"), (Opened("winter-barley"), None), (Opened("summer-rye"), "update")],
)
def test_secrets_are_compared_if_there_is_a_key(sealed: object, operation: str | None) -> None:
    """Without a key, a secret is neither changed nor the same."""
    state = edited(deployed(topic_with_secret), "alerts", inputs={"displayName": Secret(sealed)})
    plan = planned(topic_with_secret, state, providers=Model())
    assert operations(plan).get("alerts") == operation


def test_plans_contain_no_secrets() -> None:
    """The redacted plan contains neither the new nor the former value."""
    state = edited(
        deployed(topic_with_secret), "alerts", inputs={"displayName": Secret(Opened("summer-rye-7"))}
    )
    graph = evaluate(topic_with_secret, project="shop", stack="dev", state=state, providers=Model())
    from platform_components.engine.redacted import Redaction

    plan = Redaction(graph).graph.plan
    assert plan is not None
    (change,) = step_of(plan, "alerts").changes
    assert (change.path, change.old, change.new) == ("displayName", Secret("[secret]"), Secret("[secret]"))


def test_a_removed_resource_is_deleted_after_its_dependents() -> None:
    """Deletions come last, dependents first."""

    def program() -> None:
        sns.Topic("alerts", display_name=queue().arn)

    plan = planned(lambda: None, deployed(program))
    assert [step.name for step in plan.steps if step.is_managed] == ["alerts", "orders"]
    assert set(operations(plan).values()) == {"delete"}


def test_the_deletion_of_a_protected_resource_is_refused() -> None:
    """The plan fails, as in Pulumi."""
    plan = planned(lambda: None, deployed(lambda: queue(protect=True)))
    assert list(plan.refused) == [step_of(plan, "orders").urn]


def test_the_replacement_of_a_protected_resource_is_refused_unless_the_program_unprotects_it() -> None:
    """Removing the protection and replacing in one deployment is allowed, as in Pulumi."""
    state = deployed(lambda: queue(protect=True))
    model = Model("delaySeconds")
    assert planned(lambda: queue(delay=5, protect=True), state, providers=model).refused
    assert not planned(lambda: queue(delay=5), state, providers=model).refused


def test_an_alias_adopts_a_renamed_resource() -> None:
    """The former name, and the former parent, keep the resource."""
    plan = planned(lambda: queue("sales", aliases=alias(name="orders")), deployed(queue))
    assert operations(plan) == {}
    assert step_of(plan, "sales").adopted_from.endswith("::orders")


def test_children_follow_the_alias_of_their_parent() -> None:
    """A renamed component keeps its children, whose names start with its name."""

    def program(name: str, **options: Any) -> None:
        group = Group(name, pulumi.ResourceOptions(**options))
        queue(f"{name}-queue", parent=group)

    plan = planned(lambda: program("new", aliases=alias(name="old")), deployed(lambda: program("old")))
    assert operations(plan) == {}


def test_two_resources_cannot_adopt_the_same_one() -> None:
    """The program fails with the names of both."""

    def program() -> None:
        queue("sales", aliases=alias(name="orders"))
        queue("returns", aliases=alias(name="orders"))

    with pytest.raises(ProgramError, match='"returns" and "sales" have the same former URN'):
        planned(program, deployed(queue))


def test_a_rename_without_an_alias_creates_and_deletes() -> None:
    plan = planned(lambda: queue("sales"), deployed(queue))
    assert operations(plan) == {"sales": "create", "orders": "delete"}


def test_ignored_changes_are_not_changes() -> None:
    plan = planned(lambda: queue(delay=5, ignore_changes=["delaySeconds"]), deployed(queue))
    assert plan.is_empty


def test_replace_on_changes_replaces() -> None:
    """With `*`, any change replaces."""
    plan = planned(lambda: queue(delay=5, replace_on_changes=["*"]), deployed(queue), providers=Model())
    assert step_of(plan, "orders").replaced_by == ("delaySeconds",)


def test_delete_before_replace_deletes_dependents_first() -> None:
    """A dependent that its own change would replace is replaced with it, and names it as the cause."""

    def program(delay: int = 0) -> None:
        arn = queue(delay=delay, delete_before_replace=True).arn
        sns.Topic("alerts", name=arn)
        sns.Topic("others", display_name=arn)

    plan = planned(lambda: program(5), deployed(program), providers=Model("delaySeconds", "name"))
    assert operations(plan) == {"orders": "replace", "alerts": "replace", "others": "update"}
    cascaded = step_of(plan, "alerts")
    assert (cascaded.order, cascaded.replaced_by) == ("delete first", ("name",))
    assert cascaded.causes == (step_of(plan, "orders").urn,)


def test_a_dependent_that_is_gone_is_deleted_with_its_dependency() -> None:
    def program(delay: int = 0, *, topic: bool = True) -> None:
        arn = queue(delay=delay, delete_before_replace=True).arn
        if topic:
            sns.Topic("alerts", name=arn)

    plan = planned(
        lambda: program(5, topic=False), deployed(program), providers=Model("delaySeconds", "name")
    )
    assert operations(plan) == {"orders": "replace", "alerts": "delete"}


def test_import_and_what_was_imported() -> None:
    """A resource with an ID to import is imported once."""
    program = lambda: queue(import_="id-orders")  # noqa: E731 - one expression
    assert operations(planned(program, None))["orders"] == "import"
    assert operations(planned(program, deployed(queue))) == {}


def test_retained_deletions_are_marked() -> None:
    plan = planned(lambda: None, deployed(lambda: queue(retain_on_delete=True)))
    assert step_of(plan, "orders").retained


def test_leftovers_of_replacements_are_deleted() -> None:
    """A resource that an earlier deployment replaced, but did not delete, is deleted now."""
    state = deployed(queue)
    (leftover,) = [
        replace(each, delete=True, id="former") for each in state.resources if each.name == "orders"
    ]
    plan = planned(queue, replace(state, resources=(*state.resources, leftover)))
    (step,) = [step for step in plan.steps if step.operation == "delete"]
    assert (step.leftover, step.id) == (True, "former")


def test_a_changed_provider_replaces_its_resources() -> None:
    """An explicit provider that is replaced replaces what it manages, with itself as the cause."""

    def program(region: str) -> None:
        provider = pulumi.ProviderResource("aws", "west", {"region": region})
        queue(provider=provider)

    plan = planned(
        lambda: program("eu-west-2"), deployed(lambda: program("eu-west-1")), providers=Model("region")
    )
    assert operations(plan) == {"orders": "replace"}
    assert step_of(plan, "orders").replaced_by == ("provider",)


def test_a_new_version_of_a_default_provider_changes_no_resource() -> None:
    """Another version has another default provider; its resources are adopted."""
    state = deployed(queue)
    (provider,) = [each for each in state.resources if each.is_provider]
    older = replace(provider, urn=provider.urn.rpartition("::")[0] + "::default_6_0_0", id="old")
    resources = tuple(
        older if each is provider else replace(each, provider=f"{older.urn}::old") if each.provider else each
        for each in state.resources
    )
    assert operations(planned(queue, replace(state, resources=resources), providers=Model())) == {}


def test_changed_outputs_of_the_stack_are_in_the_plan() -> None:
    plan = planned(lambda: pulumi.export("a", 2), deployed(lambda: pulumi.export("a", 1)))
    assert [(each.path, each.old, each.new) for each in plan.outputs] == [("a", 1, 2)]
    assert not plan.is_empty


def test_init_errors_are_retried() -> None:
    """A resource whose creation failed in the end is updated, without changed properties."""
    step = step_of(planned(queue, edited(deployed(queue), "orders", init_errors=("timeout",))), "orders")
    assert (step.operation, step.changed) == ("update", ())


def test_a_tainted_resource_is_replaced() -> None:
    step = step_of(planned(queue, edited(deployed(queue), "orders", taint=True)), "orders")
    assert (step.operation, step.replaced_by) == ("replace", ("id",))


def test_an_updated_dependency_is_a_cause_only_of_the_values_that_it_changes() -> None:
    """A dependent that changes for another reason does not name it."""

    def program(delay: int = 0, title: str = "a", tag: str = "first-value") -> None:
        orders = sqs.Queue("orders", delay_seconds=delay, tags={"a": tag})
        topic_name = orders.arn.apply(lambda arn: f"{title}:{arn}")
        sns.Topic("alerts", display_name=topic_name, tags=orders.tags)

    state = deployed(program)
    queue_urn = next(each.urn for each in state.resources if each.name == "orders")
    other = planned(lambda: program(5, "b"), state, providers=Model())
    assert step_of(other, "alerts").causes == ()
    same = planned(lambda: program(tag="second-value"), state, providers=Model())
    assert step_of(same, "alerts").causes == (queue_urn,)


@pytest.mark.parametrize(
    ("former", "operation"),
    [
        (Secret(Opened("winter-barley")), None),
        (Secret(Opened("summer-rye")), "replace"),
        (Secret(Incomparable()), "undetermined"),
        ("summer-rye", "replace"),
        (None, None),
    ],
)
def test_a_secret_replacement_trigger_is_compared(former: Any, operation: str | None) -> None:
    """Without a key, it is undetermined whether it replaces."""
    program = lambda: queue(replacement_trigger=pulumi.Output.secret("winter-barley"))  # noqa: E731
    state = edited(deployed(queue), "orders", replacement_trigger=former)
    assert operations(planned(program, state, providers=Model())).get("orders") == operation


def test_a_replacement_trigger_of_the_configuration_without_a_key_is_undetermined() -> None:
    """The value is unknown here, but not to the deployment."""

    def program() -> None:
        queue(replacement_trigger=pulumi.Config().require_secret("trigger"))

    state = edited(deployed(queue), "orders", replacement_trigger="a")
    config = {"trigger": Secret(UNKNOWN)}
    step = step_of(planned(program, state, providers=Model(), config=config), "orders")
    assert (step.operation, step.undetermined) == ("undetermined", ("replacementTrigger",))


def test_ignored_changes_inside_a_secret_are_undetermined_without_a_key() -> None:
    """The former value at the path is unknown, so that the rest of the secret can't be compared."""

    def program(owner: str = "a") -> None:
        tags = pulumi.Output.secret({"owner": owner, "name": "winter-barley"})
        sqs.Queue("orders", tags=tags, opts=pulumi.ResourceOptions(ignore_changes=["tags.owner"]))

    tags = Secret(Incomparable())
    plan = planned(lambda: program("b"), edited(deployed(program), "orders", inputs={"tags": tags}))
    assert step_of(plan, "orders").undetermined == ("tags",)


def with_provider(profile: Callable[[], Any]) -> None:
    """A queue whose provider gets its profile from elsewhere, and a topic with its ARN."""
    provider = pulumi.ProviderResource("aws", "west", {"profile": profile()})
    sns.Topic("alerts", display_name=queue("sales", provider=provider).arn)


def test_a_provider_without_a_configuration_cannot_compare() -> None:
    """Its resources are updated or replaced, with a warning, and so are their dependents."""

    def program(delay: int = 0) -> None:
        with_provider(lambda: queue(delay=delay).arn)

    graph = evaluate(
        lambda: program(5),
        project="shop",
        stack="dev",
        state=deployed(program),
        providers=Model("delaySeconds"),
    )
    assert graph.plan is not None
    assert operations(graph.plan) == {"orders": "replace", "sales": "update", "alerts": "update"}
    step = step_of(graph.plan, "sales")
    assert (step.changed, step.possibly_replaced_by) == ((), ("provider",))
    assert step.causes == (step_of(graph.plan, "west").urn,)
    (warning,) = [each for each in graph.diagnostics if each.severity == "warning"]
    assert (warning.urn, "unknown until deployment" in warning.message) == (step.urn, True)


def test_a_configuration_that_only_the_preview_does_not_know_changes_nothing() -> None:
    """The outputs of its resources come from the state."""
    program = lambda: with_provider(lambda: pulumi.Config().require_secret("profile"))  # noqa: E731
    state = deployed(program, config={"profile": Secret("winter-barley")})
    plan = planned(program, state, config={"profile": Secret(UNKNOWN)}, providers=Model())
    assert operations(plan) == {}


def test_the_replacement_of_a_resource_with_an_id_to_import_is_a_warning() -> None:
    """The deployment fails until the option is removed."""

    def program(delay: int = 0) -> None:
        queue(delay=delay, import_="id-orders")

    model = Model("delaySeconds")
    state = deployed(program)
    graph = evaluate(lambda: program(5), project="shop", stack="dev", state=state, providers=model)
    (diagnostic,) = graph.diagnostics
    assert diagnostic.severity == "warning"
    assert "the deployment fails because of its option import_" in diagnostic.message


def test_custom_autonaming_is_a_warning() -> None:
    """It decides on the order of replacements, and is not evaluated."""
    config = {"pulumi:autonaming": {"mode": "verbatim"}}
    graph = evaluate(queue, project="shop", stack="dev", state=deployed(queue), config=config)
    assert [each.message.partition(":")[0] for each in graph.diagnostics] == ["pulumi"]
    assert evaluate(queue, project="shop", stack="dev", config=config).diagnostics == ()
