//! The types that skopeo reads an image config into. Most members are not printed; they stand here since one of another type
//! makes skopeo fail. The names are matched whatever their case.

use std::collections::BTreeMap;

use crate::registry::go::read::{Checked, Set, Words, members};
use crate::registry::go::time::Time;

type Strings = Checked<String>;

members! {
    /// docker's config, and the config in a schema 1 manifest.
    Image {
        id: String = "id",
        parent: String = "parent",
        comment: String = "comment",
        created: Time = "created",
        container: String = "container",
        container_config: Run = "container_config",
        docker_version: String = "docker_version",
        author: String = "author",
        config: Option<Run> = "config",
        architecture: String = "architecture",
        variant: String = "variant",
        os: String = "os",
        size: i64 = "Size",
    }
}

members! {
    /// What docker's config has beside it, and a schema 1 manifest has not.
    DockerRest {
        rootfs: Option<RootFs> = "rootfs",
        history: Checked<Step> = "history",
        os_version: String = "os.version",
        os_features: Strings = "os.features",
    }
}

members! {
    /// How a container runs, by docker.
    Run {
        hostname: String = "Hostname",
        domainname: String = "Domainname",
        user: String = "User",
        attach_stdin: bool = "AttachStdin",
        attach_stdout: bool = "AttachStdout",
        attach_stderr: bool = "AttachStderr",
        exposed_ports: Set = "ExposedPorts",
        tty: bool = "Tty",
        open_stdin: bool = "OpenStdin",
        stdin_once: bool = "StdinOnce",
        env: Option<Vec<String>> = "Env",
        cmd: Words = "Cmd",
        healthcheck: Option<Healthcheck> = "Healthcheck",
        args_escaped: bool = "ArgsEscaped",
        image: String = "Image",
        volumes: Set = "Volumes",
        working_dir: String = "WorkingDir",
        entrypoint: Words = "Entrypoint",
        network_disabled: bool = "NetworkDisabled",
        mac_address: String = "MacAddress",
        on_build: Strings = "OnBuild",
        labels: Option<BTreeMap<String, String>> = "Labels",
        stop_signal: String = "StopSignal",
        stop_timeout: Option<i64> = "StopTimeout",
        shell: Words = "Shell",
    }
}

members! {
    /// How docker looks whether a container is well.
    Healthcheck {
        test: Strings = "Test",
        start_period: i64 = "StartPeriod",
        interval: i64 = "Interval",
        timeout: i64 = "Timeout",
        retries: i64 = "Retries",
    }
}

members! {
    /// The config by the OCI.
    OciImage {
        created: Option<Time> = "created",
        author: String = "author",
        architecture: String = "architecture",
        os: String = "os",
        os_version: String = "os.version",
        os_features: Strings = "os.features",
        variant: String = "variant",
        config: OciRun = "config",
        rootfs: RootFs = "rootfs",
        history: Checked<OciStep> = "history",
    }
}

members! {
    /// How a container runs, by the OCI: no string for a list.
    OciRun {
        user: String = "User",
        exposed_ports: Set = "ExposedPorts",
        env: Option<Vec<String>> = "Env",
        entrypoint: Strings = "Entrypoint",
        cmd: Strings = "Cmd",
        volumes: Set = "Volumes",
        working_dir: String = "WorkingDir",
        labels: Option<BTreeMap<String, String>> = "Labels",
        stop_signal: String = "StopSignal",
    }
}

members! {
    /// The unpacked layers.
    RootFs {
        kind: String = "type",
        diff_ids: Strings = "diff_ids",
    }
}

members! {
    /// A step of the history by docker.
    Step {
        created: Time = "created",
        author: String = "author",
        created_by: String = "created_by",
        comment: String = "comment",
        empty_layer: bool = "empty_layer",
    }
}

members! {
    /// A step of the history by the OCI.
    OciStep {
        created: Option<Time> = "created",
        created_by: String = "created_by",
        author: String = "author",
        comment: String = "comment",
        empty_layer: bool = "empty_layer",
    }
}

members! {
    /// The config of a layer in a schema 1 manifest, as far as skopeo reads each of them.
    Compatibility {
        id: String = "id",
        parent: String = "parent",
        comment: String = "comment",
        created: Time = "created",
        container_config: Container = "container_config",
        author: String = "author",
        throwaway: bool = "throwaway",
    }
}

members! {
    /// The container that made a layer.
    Container {
        cmd: Strings = "Cmd",
    }
}
