"""What a rule may read of a resource."""

from __future__ import annotations

import pytest

from platform_components.base.markers import UNKNOWN, Secret
from platform_components.policy import ResourceView, Undetermined


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
    """Rules judge secrets too; an unknown one is undetermined."""
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
