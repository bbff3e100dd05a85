"""The lines of a preview about policy findings."""

from __future__ import annotations

from collections.abc import Iterable

from platform_components.cli.findings import finding_lines, unread_lines
from platform_components.policy import Finding, Report
from platform_components.policy.evaluate import Outcome
from platform_components.policy.unread import Unread


def _finding(
    name: str, message: str = "is red", outcome: Outcome = "violation", rule: str = "colours"
) -> Finding:
    return Finding(
        rule=rule,
        outcome=outcome,
        message=message,
        urn="",
        type="",
        name=name,
        remedy="paint it" if outcome == "violation" else "",
        severity="low",
        enforcement="mandatory",
    )


def _lines(findings: Iterable[Finding]) -> list[str]:
    return [line.plain for line in finding_lines(Report((), tuple(findings), 0))]


def test_a_few_findings_have_a_line_each() -> None:
    """Three resources are readable, and each can be found by its name."""
    assert _lines(map(_finding, "abc")) == [f"✗ colours  {name}: is red → paint it" for name in "abc"]


def test_many_findings_with_the_same_message_share_a_line() -> None:
    """A program that follows no house rules violates each of them many times."""
    findings = [*map(_finding, "abcde"), _finding("f", "is round"), _finding("g", rule="shapes")]
    assert _lines(findings) == [
        "✗ colours  a, b, c and 2 more: is red → paint it",
        "✗ colours  f: is round → paint it",
        "✗ shapes  g: is red → paint it",
    ]


def test_rules_that_are_undetermined_for_the_same_reason_share_a_line() -> None:
    """Several rules read the policy of a role, which a preview does not know."""
    unknown = "policy is known only once deployed"
    findings = [
        *(_finding(name, unknown, "undetermined", rule) for rule in ("admins", "wildcards") for name in "ab"),
        _finding("c", unknown, "undetermined", "admins"),
        _finding("a", "policy is odd", "undetermined", "public"),
        _finding("c", unknown, "undetermined", "wildcards"),
        _finding("a", unknown, "undetermined", "public"),
    ]
    assert _lines(findings) == [
        f"? admins, wildcards  3 resources: {unknown}",
        "? public  a: policy is odd",
        f"? public  a: {unknown}",
    ]


def test_a_rule_has_at_most_ten_lines() -> None:
    """The last line counts the other findings, including those that share a line."""
    findings = [_finding(str(number), f"is {number}") for number in range(12)]
    findings += [_finding(name, "is round") for name in "abcd"] + [_finding("x", rule="shapes")]
    lines = _lines(findings)
    assert lines[:10] == [f"✗ colours  {number}: is {number} → paint it" for number in range(10)]
    assert lines[10:] == [
        "✗ shapes  x: is red → paint it",
        "… colours  6 more findings; --json lists all",
    ]


def test_an_error_is_not_hidden_behind_violations() -> None:
    """Errors come first, and are not joined with violations."""
    findings = [_finding(name, "broke") for name in "abcd"] + [_finding("e", "broke", "error")]
    assert _lines(findings) == [
        "✗ colours  e: broke",
        "✗ colours  a, b, c and 1 more: broke → paint it",
    ]


def test_unread_resources_are_summed_over_the_stacks() -> None:
    """One line for types without a rule, one for types with general rules only."""
    reports = [
        Report(
            (),
            (),
            0,
            (
                Unread("gcp:storage/bucket:Bucket", 2, False),
                Unread("kubernetes:helm.sh/v3:Release", 1, False),
            ),
        ),
        Report(
            (),
            (),
            0,
            (Unread("gcp:storage/bucket:Bucket", 1, False), Unread("aws:docdb/cluster:Cluster", 1, True)),
        ),
    ]
    assert [line.plain for line in unread_lines(reports)] == [
        "4 resources of types that no rule reads: gcp:storage.Bucket 3, kubernetes:helm.sh/v3.Release 1",
        "1 resource of types that only general rules read: aws:docdb.Cluster 1",
    ]


def test_only_the_most_frequent_types_are_listed() -> None:
    """The other ones are counted."""
    types = tuple(Unread(f"gcp:a:T{number}", 9 - number, False) for number in range(7))
    (line,) = unread_lines([Report((), (), 0, types)])
    assert line.plain.endswith("gcp:a.T0 9, gcp:a.T1 8, gcp:a.T2 7, gcp:a.T3 6, gcp:a.T4 5, 2 other types 7")
