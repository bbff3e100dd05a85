"""Pod: what a composition adds to the pods of a workload."""

from __future__ import annotations

from typing import Any, cast

from platform_components.kubernetes.network_policy import Destinations
from platform_components.kubernetes.pod import Mount, PodAdditions

POD: Any = {"containers": [{"name": "orders", "env": [{"name": "A", "value": "1"}]}]}


def test_additions_reach_the_main_container_and_the_pod() -> None:
    """Volumes are mounted read-only unless stated, variables are appended, sidecars restart. Containers that
    run to completion are before the sidecars, whichever addition has them."""
    certificates = Mount("/etc/rds", {"name": "certificates", "config_map": {"name": "orders"}})
    token = Mount("/run/token", {"name": "token", "empty_dir": {}}, writable=True)
    more = PodAdditions(
        mounts=[token],
        init_containers=[{"name": "first"}],
        variables=[{"name": "B", "value_from": {"secret_key_ref": {"name": "orders", "key": "B"}}}],
    )

    sidecar = PodAdditions(mounts=[certificates], sidecars=[{"name": "refresher"}])
    pod = cast(Any, (sidecar + more).added_to(POD))

    main = pod["containers"][0]
    assert main["volume_mounts"] == [
        {"name": "certificates", "mount_path": "/etc/rds", "read_only": True},
        {"name": "token", "mount_path": "/run/token", "read_only": False},
    ]
    assert [variable["name"] for variable in main["env"]] == ["A", "B"]
    assert [volume["name"] for volume in pod["volumes"]] == ["certificates", "token"]
    assert pod["init_containers"] == [{"name": "first"}, {"name": "refresher", "restart_policy": "Always"}]


def test_destinations_of_several_additions_add_up() -> None:
    """A service connects to its database and to its cache."""
    database, cache = Destinations(["10.0.2.0/24"], 5432), Destinations(["10.0.2.0/24"], 6379)
    both = PodAdditions(egress=[database]) + PodAdditions(egress=[cache])
    assert list(both.egress) == [database, cache]


def test_no_additions_change_nothing() -> None:
    """A workload without additions has the pod that it had before."""
    assert PodAdditions().added_to(POD) == POD
