"""What a rule may read of a resource."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy import Example, ResourceView, Undetermined


def _view(**inputs: object) -> ResourceView:
    return ResourceView("aws:rds/instance:Instance", "orders", "urn", inputs)


def test_what_is_not_given_is_none() -> None:
    """A missing property, and whatever would stand below it, is None."""
    view = _view(tags={"Name": "orders"})
    assert view.get("multiAz") is None
    assert view.get("metadata", "labels", "app") is None
    assert view.get("tags", "Owner") is None


def test_reading_an_unknown_is_undetermined() -> None:
    """An unknown, and whatever would stand below it, is no value: the path says which."""
    view = _view(tags=UNKNOWN, spec={"replicas": UNKNOWN})
    for keys, path in (
        (("tags",), "tags"),
        (("tags", "Owner"), "tags"),
        (("spec", "replicas"), "spec.replicas"),
    ):
        with pytest.raises(Undetermined) as caught:
            view.get(*keys)
        assert caught.value.path == path


def test_a_container_with_an_unknown_in_it_is_undetermined_as_a_whole() -> None:
    """A rule can't take a part for the whole; what is known can still be read by itself."""
    view = _view(tags={"Name": UNKNOWN, "Owner": "payments-team"})
    with pytest.raises(Undetermined, match=r"tags\.Name"):
        view.get("tags")
    assert view.get("tags", "Owner") == "payments-team"
    assert view.keys("tags") == ("Name", "Owner")
    assert isinstance(view.peek("tags", "Name"), Undetermined)


def test_a_secret_is_read_like_any_value() -> None:
    """Rules evaluate_policies secrets too; an unknown one is undetermined."""
    view = _view(port=Secret(5432), tags=Secret({"Owner": "me"}), password=Secret(UNKNOWN))
    assert view.get("port") == 5432
    assert view.get("tags", "Owner") == "me"
    with pytest.raises(Undetermined, match="password"):
        view.get("password")


def test_a_list_is_read_entry_by_entry() -> None:
    """Each entry has properties of its own, under its own path."""
    view = _view(tags=[{"key": "Name", "value": UNKNOWN}, {"key": "Owner", "value": "me"}])
    entries = list(view.each("tags"))
    assert [entry.get("key") for entry in entries] == ["Name", "Owner"]
    with pytest.raises(Undetermined, match=r"tags\[0\]\.value"):
        entries[0].get("value")
    assert list(view.each("rules")) == []


def test_something_unknown_is_given() -> None:
    """`has` asks whether something is set, which does not depend on what to."""
    view = _view(replicateSourceDb=UNKNOWN, kmsKeyId=None)
    assert view.has("replicateSourceDb")
    assert not view.has("kmsKeyId")
    assert not view.has("port")


def test_a_value_of_another_shape_is_an_error() -> None:
    """Reading `tags.Owner` where tags is text is no pass: it raises."""
    with pytest.raises(TypeError, match="tags has no keys"):
        _view(tags="Owner=me").get("tags", "Owner")
    with pytest.raises(TypeError, match="tags is no list"):
        list(_view(tags="Owner=me").each("tags"))


def test_a_path_quotes_keys_that_are_no_plain_words() -> None:
    """A label with dots in its name can't be taken for three levels."""
    view = _view(metadata={"labels": {"app.kubernetes.io/name": UNKNOWN}})
    with pytest.raises(Undetermined) as caught:
        view.get("metadata", "labels", "app.kubernetes.io/name")
    assert caught.value.path == 'metadata.labels["app.kubernetes.io/name"]'


COMPONENT = Example("platform:index:Database", name="orders", custom=False)
INNER = Example("acme:index:Instance", name="inner", custom=False, child_of=COMPONENT)
DATABASE = Example("aws:rds/instance:Instance", name="orders-instance", child_of=INNER)
REPLICA = Example("aws:rds/instance:Instance", name="replica", child_of=DATABASE)


def _seen(example: Example, *known: Example) -> ResourceView:
    return ResourceView.of(example, example.inputs, {each.urn: each for each in known})


def test_options_have_the_names_of_pulumis() -> None:
    """With what each holds when a program says nothing."""
    options = _seen(DATABASE).options
    assert (options.protect, options.retain_on_delete, options.delete_before_replace) == (False, False, None)
    assert (options.ignore_changes, options.aliases, options.additional_secret_outputs) == ((), (), ())
    assert (options.deleted_with, options.custom_timeouts) == (None, {})
    given = {
        "protect": True,
        "retain_on_delete": True,
        "delete_before_replace": False,
        "ignore_changes": ("tags",),
        "aliases": ("urn",),
        "additional_secret_outputs": ("arn",),
        "deleted_with": COMPONENT.urn,
        "custom_timeouts": {"create": 60.0},
    }
    options = _seen(replace(DATABASE, options=given)).options
    assert options.deleted_with is not None
    assert options.deleted_with.name == "orders"
    for name in set(given) - {"deleted_with"}:
        assert getattr(options, name) == given[name]


def test_an_option_that_is_not_passed_on_is_undetermined() -> None:
    """Nobody has said that it is off."""
    view = _seen(replace(DATABASE, options={"retain_on_delete": UNKNOWN}))
    with pytest.raises(Undetermined, match="retain_on_delete is not passed to policies"):
        _ = view.options.retain_on_delete


def test_the_component_is_the_nearest_one_above() -> None:
    """Of whatever library, and not a resource that happens to be the parent."""
    view = _seen(REPLICA, COMPONENT, INNER, DATABASE)
    assert view.parent is not None
    assert (view.parent.type, view.parent.name) == ("aws:rds/instance:Instance", "orders-instance")
    assert view.component is not None
    assert (view.component.type, view.component.name) == ("acme:index:Instance", "inner")
    outer = _seen(INNER, COMPONENT, INNER).component
    assert outer is not None
    assert outer.name == "orders"
    assert _seen(COMPONENT, COMPONENT).component is None


def test_an_ancestor_that_nobody_knows_leaves_the_component_undetermined() -> None:
    """The parent's URN alone does not say whether it is a component."""
    with pytest.raises(Undetermined, match="component"):
        _ = _seen(REPLICA).component


def test_the_provider_is_known_by_type_and_name() -> None:
    """A component has none."""
    provider = _seen(DATABASE).provider
    assert provider is not None
    assert (provider.type, provider.name) == ("pulumi:providers:aws", "default")
    assert _seen(COMPONENT).provider is None


def test_nested_properties_have_their_own_view() -> None:
    """It has the path of its place, and raises or is None like `get`."""
    view = _view(spec={"template": {"replicas": 3}}, tags=UNKNOWN, port=5432)
    template = view.at("spec", "template")
    assert template is not None
    assert template.get("replicas") == 3
    assert template.path == "spec.template"
    assert view.at("spec", "selector") is None
    with pytest.raises(Undetermined, match="tags"):
        view.at("tags")
    with pytest.raises(TypeError, match="port"):
        view.at("port")
