"""The report about a run: risks, owners, reasons, groups."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from platform_components.cli.edit_lines import edit_lines
from platform_components.engine.plan.steps import Comparison, PropertyChange, Reason
from platform_components.engine.stack_references import STACK_REFERENCE
from platform_components.engine.values import Secret
from platform_components.report.changes import Change, Report, report_of
from platform_components.report.groups import grouped
from platform_components.workspace.stack import StackRun
from tests.report.plans import COMPARED, changed, run_of, stack_run, subject
from tests.report.scenario import three_stacks

BUCKET = "aws:s3/bucket:Bucket"
QUEUE = "aws:sqs/queue:Queue"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def report(*stacks: StackRun) -> Report:
    return report_of(run_of(*stacks))


def only(stack: StackRun) -> Change:
    (change,) = report(stack).changes
    return change


def test_the_sample_has_every_kind_of_risk() -> None:
    """Each names the resource that it is about."""
    found = report_of(three_stacks())
    assert {
        risk: [change.step.name for change in found.with_risk(risk)]
        for risk in ("loss", "exposure", "restart")
    } == {
        "loss": ["payments", "notifications-templates"],
        "exposure": ["main", "payments-invoices"],
        "restart": ["payments", "payments-pods"],
    }


def test_a_deleted_bucket_is_a_loss_unless_it_is_retained() -> None:
    """With `retain_on_delete` it stays in the cloud."""
    assert only(stack_run("payments.prod", [subject("delete", BUCKET)])).has("loss")
    retained = subject("delete", BUCKET, retained=True)
    assert not only(stack_run("payments.prod", [retained])).has("loss")


def test_a_possible_replacement_is_a_possible_loss() -> None:
    """The text says so, and it is counted separately."""
    step = subject(
        "update", BUCKET, {"p": 2}, changed("p", 1, 2), possibly_replaced_by=("p",), name="invoices"
    )
    (stack,) = report(stack_run("payments.prod", [step])).stacks
    assert stack.possibly_replaced == 1
    (change,) = stack.changes
    assert [fact.text for fact in change.facts] == ["may be replaced, which would lose its objects"]
    assert change.reasons == ("unknown whether p can be changed in place",)


def test_a_deletion_together_with_another_resource_is_a_loss() -> None:
    """The option `deleted_with` only saves the provider's call; the reason names the other resource."""
    other = subject("delete", "aws:ec2/vpc:Vpc", name="main").step.urn
    change = only(stack_run("payments.prod", [subject("delete", BUCKET, deleted_with=other)]))
    assert change.has("loss")
    assert change.reasons == ("the program no longer declares it", "deleted together with main (ec2.Vpc)")


def test_deletions_without_a_known_consequence_are_listed() -> None:
    """Neither what holds nothing, nor a known loss, nor what stays in the cloud."""
    shop = "kubernetes:example.com/v1:Shop"
    steps = [
        subject("delete", shop, name="deleted"),
        subject("replace", shop, name="replaced"),
        subject("update", shop, name="updated"),
        subject("delete", shop, name="retained", retained=True),
        subject("delete", "aws:iam/rolePolicy:RolePolicy", name="policy"),
        subject("delete", BUCKET, name="bucket"),
    ]
    found = report(stack_run("payments.prod", steps)).unclassified_losses
    assert [change.step.name for change in found] == ["deleted", "replaced"]


def test_a_resource_that_is_no_longer_protected_is_a_risk() -> None:
    """Even if nothing else about it changes."""
    step = subject("same", BUCKET, {}, unprotected=True, name="invoices")
    found = report(stack_run("payments.prod", [step]))
    assert [change.step.name for change in found.with_risk("loss")] == ["invoices"]
    assert found.changes == ()


def test_differences_with_the_consequence_come_first() -> None:
    """Otherwise a reason would name the first ones in alphabetical order."""
    changes = [changed(path, 1, 2) for path in ("allocatedStorage", "dbName", "instanceClass")]
    inputs = {"allocatedStorage": 2, "dbName": 2, "instanceClass": 2}
    step = subject("update", "aws:rds/instance:Instance", inputs, *changes)
    change = only(stack_run("payments.prod", [step]))
    assert [edit.path for edit in change.edits_about("restart")] == [
        "instanceClass",
        "allocatedStorage",
        "dbName",
    ]
    images = [changed("spec.replicas", 1, 2), changed("spec.template.spec.containers[0].image", "a", "b")]
    spec = {"replicas": 2, "template": {"spec": {"containers": [{"name": "web.1", "image": "b"}]}}}
    change = only(
        stack_run(
            "payments.prod", [subject("update", "kubernetes:apps/v1:Deployment", {"spec": spec}, *images)]
        )
    )
    assert change.edits_about("restart")[0].path.endswith("containers[name=web.1].image")


def test_what_is_certain_precedes_what_is_possible() -> None:
    """Otherwise the order is that of the plan."""
    possible = subject("update", BUCKET, {}, changed("p", 1, 2), possibly_replaced_by=("p",), name="first")
    certain = [subject("delete", BUCKET, name=name) for name in ("second", "third")]
    found = report(stack_run("payments.prod", [possible, *certain])).with_risk("loss")
    assert [change.step.name for change in found] == ["second", "third", "first"]
    inner = subject("create", RULE, {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"}, name="inner")
    public = subject("create", RULE, {"cidrIpv4": "::/0", "ipProtocol": "-1"}, name="public")
    found = report(stack_run("payments.prod", [inner, public])).with_risk("exposure")
    assert [change.step.name for change in found] == ["public", "inner"]


def test_the_owner_is_the_tag_otherwise_that_of_the_stack() -> None:
    """platform.yaml has the owner of a stack; the tags of a deleted resource are in the state."""
    tagged = subject("create", QUEUE, {"tags": {"Owner": "messaging-team"}})
    assert only(stack_run("payments.prod", [tagged])).owner == "messaging-team"
    assert only(stack_run("payments.prod", [subject("delete", QUEUE)])).owner == "payments-team"
    deleted = subject("delete", QUEUE, former={"tags": {"Owner": "design-team"}})
    assert only(stack_run("payments.prod", [deleted])).owner == "design-team"


def test_causes_are_named() -> None:
    """A dependency, with what happens to it, precedes a former name."""
    vpc = subject("replace", "aws:ec2/vpc:Vpc", name="main", replaced_by=("cidrBlock",))
    urn = vpc.step.urn
    step = subject("update", QUEUE, {}, causes=(urn,), adopted_from=urn.replace("main", "old"))
    _, change = report(stack_run("payments.prod", [vpc, step])).changes
    assert change.reasons == ("depends on main (ec2.Vpc), which is replaced", "was old, found by an alias")


@pytest.mark.parametrize(
    ("old", "new", "expected"), [(None, 1, "is added"), (1, 2, "changes"), (1, None, "is removed")]
)
def test_a_replacement_states_what_happens_to_the_property(old: Any, new: Any, expected: str) -> None:
    """A property that is set for the first time can force one too."""
    step = subject("replace", QUEUE, {"p": new}, changed("p", old, new), replaced_by=("p",))
    change = only(stack_run("payments.prod", [step]))
    assert change.reasons == (f"p {expected}, which requires a replacement",)


@pytest.mark.parametrize("reason", get_args(Reason))
def test_what_is_undetermined_has_its_reason(reason: Reason) -> None:
    """Only a secret is named as such."""
    edit = PropertyChange("p", "undetermined", 1, 2, reason)
    step = subject("undetermined", QUEUE, {"p": 2}, edit, undetermined=("p",))
    (text,) = only(stack_run("payments.prod", [step])).reasons
    assert ("secret" in text) is (reason == "secret")
    ((_, line),) = edit_lines(edit)
    assert line == text


def test_the_children_of_a_component_in_a_plugin_have_a_reason() -> None:
    """They have no properties that could be compared."""
    (text,) = only(stack_run("payments.prod", [subject("undetermined", QUEUE)])).reasons
    assert text == "a plugin creates its component, and the preview does not run plugins"


@pytest.mark.parametrize("selected", [True, False])
def test_changed_outputs_of_a_referenced_stack_are_a_reason(selected: bool) -> None:
    """Of the resources that depend on it, whether or not that stack is selected."""
    outputs = (changed("vpc.id", "a", "b"), changed("other", 1, 2))
    foundation = stack_run("foundation.prod", [], outputs=outputs)
    reference = subject("read", STACK_REFERENCE, {"name": "organization/platform/foundation.prod"})
    depending = subject("update", QUEUE, {}, name="jobs", causes=(reference.step.urn,))
    other = subject("update", QUEUE, {}, name="other")
    reads = {"foundation.prod": ("vpc", "zones")}
    payments = stack_run("payments.prod", [reference, depending, other], reads=reads)
    if selected:
        found = report(foundation, payments)
    else:
        found = report_of(run_of(payments, referenced=(foundation,)))
    assert [change.reasons for change in found.changes] == [
        ("depends on foundation.prod, which changes the output vpc",),
        (),
    ]
    assert found.stacks[-1].reasons == ("jobs depends on foundation.prod, which changes the output vpc",)


def test_a_run_keeps_the_plans_of_stacks_that_are_not_selected() -> None:
    """They are evaluated for the selected ones, and are the reason of their changes."""
    run = three_stacks("payments.prod")
    assert ([stack.name for stack in run.stacks], [stack.name for stack in run.referenced]) == (
        ["payments.prod"],
        ["foundation.prod"],
    )
    (stack,) = report_of(run).stacks
    assert stack.reasons == (
        "payments depends on foundation.prod, which changes the output database_key_arn",
    )


def test_changed_outputs_that_nothing_depends_on_are_no_reason() -> None:
    """The stack reads them, and no resource changes because of it."""
    found = report(
        stack_run("foundation.prod", [], outputs=(changed("vpc", "a", "b"),)),
        stack_run("payments.prod", [subject("update", QUEUE)], reads={"foundation.prod": ("vpc",)}),
    )
    assert [stack.reasons for stack in found.stacks] == [(), ()]


def test_in_a_new_stack_only_what_is_open_to_anyone_is_a_risk() -> None:
    """Everything in it is opened, so that nothing would stand out."""
    new = Comparison(source="file://state")
    inner = subject("create", RULE, {"cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"}, name="inner")
    public = subject("create", RULE, {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"}, name="public")
    found = report(stack_run("payments.prod", [inner, public], compared=new))
    assert [change.step.name for change in found.with_risk("exposure")] == ["public"]
    found = report(stack_run("payments.prod", [inner, public]))
    assert [change.step.name for change in found.with_risk("exposure")] == ["public", "inner"]


def test_refused_steps_are_reported() -> None:
    """With the reason of the plan."""
    step = subject("delete", BUCKET, protected=True)
    stack = stack_run("payments.prod", [step], refused={step.step.urn: "is protected"})
    assert [change.refused for change in report(stack).refused] == ["is protected"]


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (stack_run("payments.prod", []), False),
        (stack_run("payments.prod", [subject("update", QUEUE)]), True),
        (stack_run("payments.prod", [subject("undetermined", QUEUE, undetermined=("p",))]), True),
        (stack_run("payments.prod", [], outputs=(changed("a", 1, 2),)), True),
    ],
)
def test_changes_are_expected_if_anything_may_change(stack: StackRun, expected: bool) -> None:
    """Also an output, and a secret that can't be compared."""
    assert report(stack).expects_changes is expected


def test_a_stack_without_a_state_is_not_compared() -> None:
    """It is listed as such."""
    run = stack_run("payments.prod", [])
    object.__setattr__(run.graph, "plan", None)
    assert report(run).not_compared == ("payments.prod",)


def test_identical_differences_are_grouped() -> None:
    """From three resources on; a resource with more differences keeps those."""
    tag = changed("tags.Owner", "a", "b")
    size = changed("size", 1, 2)
    steps = [
        subject("update", QUEUE, {"tags": {"Owner": "b"}, "size": 2}, tag, name="first"),
        subject("update", QUEUE, {"tags": {"Owner": "b"}, "size": 2}, tag, size, name="second"),
        subject("update", QUEUE, {"tags": {"Owner": "b"}}, tag, name="third"),
    ]
    found = grouped(report(stack_run("payments.prod", steps, compared=COMPARED)).changes)
    ((group),) = found.groups
    assert group.resources == "3 sqs.Queue"
    assert [change.step.name for change in group.changes] == ["first", "second", "third"]
    assert [(change.step.name, [edit.path for edit in edits]) for change, edits in found.rest] == [
        ("second", ["size"])
    ]
    assert grouped(report(stack_run("payments.prod", steps[:2])).changes).groups == ()


def test_undetermined_values_are_grouped_by_their_reason() -> None:
    """One that only the provider decides is not called a secret."""
    steps = [
        subject(
            "update",
            QUEUE,
            {"p": 2, "q": number},
            PropertyChange("p", "undetermined", 1, 2, reason),
            changed("q", -1, number),
            name=f"{reason}-{number}",
        )
        for reason in ("provider", "unknown")
        for number in range(3)
    ]
    found = grouped(report(stack_run("payments.prod", steps)).changes)
    assert [group.edit.reason for group in found.groups if group.edit.path == "p"] == ["provider", "unknown"]


def test_secrets_are_not_grouped() -> None:
    """Different values look the same."""
    secret = changed("value", Secret("[secret]"), Secret("[secret]"))
    steps = [
        subject("update", QUEUE, {"value": Secret("[secret]")}, secret, name=str(number))
        for number in range(4)
    ]
    found = grouped(report(stack_run("payments.prod", steps)).changes)
    assert (found.groups, len(found.rest)) == ((), 4)
