"""The manifests are valid, restricted, and fit the program."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from alerter.config.settings import service_variables
from alerter.web.metrics import Metrics
from alerter.web.probes import make_app
from tests.deploy.where import DEPLOY, beside_python, run
from tests.unit.web.daemon_state import State

FOLDER = DEPLOY / "kubernetes"
RUNBOOK = (DEPLOY / "README.md").read_text("utf-8")
VARIANTS = ("sqlite", "postgresql")


def objects(name: str) -> dict[str, Any]:
    documents = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return {document["kind"]: document for document in documents}


def pod(variant: str) -> Any:
    return objects(variant)["Deployment"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("name", ["common", *VARIANTS])
def test_the_manifests_are_valid(name: str) -> None:
    """Strictly, so that a key nobody knows is an error; by the oldest and the newest schema that are there."""
    for version in ("1.29", "1.37"):
        code, said = run(beside_python("kubernetes-validate"), "--strict", "-k", version, str(FOLDER / f"{name}.yaml"))
        assert code == 0, said


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pod_is_restricted(variant: str) -> None:
    """As the Pod Security Standard of that name asks, and with a read-only root and no token of the cluster."""
    spec = pod(variant)
    (container,) = spec["containers"]
    assert (spec["securityContext"]["runAsNonRoot"], spec["automountServiceAccountToken"]) == (True, False)
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["terminationGracePeriodSeconds"] >= 15
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_probes_ask_what_is_served(variant: str) -> None:
    """Whether it lives decides on a restart, whether it is ready on nothing but traffic."""
    (container,) = pod(variant)["containers"]
    served = {route.path for route in make_app(State(), Metrics()).routes if hasattr(route, "path")}
    asked = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert asked == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    assert set(asked.values()) <= served


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_that_is_referred_to_is_there(variant: str) -> None:
    """Claim, labels, ports and folders; the config map and the Secret are made by the runbook's commands."""
    spec, common, own = pod(variant), objects("common"), objects(variant)
    (container,) = spec["containers"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    assert f"kubectl create configmap {volumes['config']['configMap']['name']} --from-file" in RUNBOOK
    assert f"kubectl create secret generic {volumes['secrets']['secret']['secretName']} --from-file" in RUNBOOK
    labels = own["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert common["Service"]["spec"]["selector"] == labels
    assert common["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert len(service_variables(environment)) == len(environment) > 0


def test_one_daemon_has_a_volume_and_two_have_a_budget() -> None:
    """On SQLite the old one ends before the new one starts; on PostgreSQL they roll and one always stays."""
    one, two = objects("sqlite"), objects("postgresql")
    single, several = one["Deployment"]["spec"], two["Deployment"]["spec"]
    assert (single["replicas"], single["strategy"]) == (1, {"type": "Recreate"})
    volumes = {volume["name"]: volume for volume in pod("sqlite")["volumes"]}
    claim = one["PersistentVolumeClaim"]["metadata"]["name"]
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == claim
    assert (several["replicas"], several["strategy"]["type"]) == (2, "RollingUpdate")
    assert two["PodDisruptionBudget"]["spec"]["minAvailable"] == 1


def test_no_manifest_holds_a_secret() -> None:
    """There is no object of that kind, only references to one."""
    assert [name for name in ("common", *VARIANTS) if "Secret" in objects(name)] == []


def test_no_manifest_holds_a_configuration() -> None:
    """To apply them again, as for an upgrade, leaves the watch list as it is; the runbook makes its config map."""
    assert [name for name in ("common", *VARIANTS) if "ConfigMap" in objects(name)] == []
