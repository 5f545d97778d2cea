//! The walls around a program, built from within: this part runs in the process that becomes the program.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{Resource, Rlimit, Signal, getppid, pivot_root, set_parent_process_death_signal, setrlimit};
use rustix::thread::{
    CapabilitySet, CapabilitySets, remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};
use serde_json::{Value, json};

/// The command under which this program builds the walls; nobody types it.
pub(super) const COMMAND: &str = "walls";
/// The file with what is to be run, in the folder.
pub(super) const SPEC: &str = "plan.json";
/// The file that says why nothing was run.
pub(super) const FAILED: &str = "failed";
/// What is seen of the system, read-only.
pub(super) const VISIBLE: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// What is seen of its settings: how libraries are found, and what programs are called.
const SETTINGS: [&str; 3] = ["/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"];
/// The devices that are nobody's.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
/// Open files of each process.
const FILES_MAX: u64 = 1_024;

/// Becomes a program of a pipeline.
#[derive(Debug, Args)]
pub(crate) struct Walls {
    folder: PathBuf,
    part: String,
}

/// What is to be run, and how.
#[derive(Debug)]
pub(super) struct Plan {
    /// The process with which all ends.
    pub(super) parent: i32,
    pub(super) program: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) is_walled: bool,
    pub(super) processor_s: u64,
    pub(super) memory: u64,
    pub(super) file: u64,
    pub(super) processes: u64,
}

impl Plan {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "parent": self.parent,
            "program": self.program,
            "arguments": self.arguments,
            "environment": self.environment,
            "is_walled": self.is_walled,
            "processor_s": self.processor_s,
            "memory": self.memory,
            "file": self.file,
            "processes": self.processes,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let texts = |value: &Value| -> Option<Vec<String>> {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned()));
        let number = |key: &str| value.get(key)?.as_u64();
        Some(Self {
            parent: i32::try_from(value.get("parent")?.as_i64()?).ok()?,
            program: value.get("program")?.as_str()?.to_owned(),
            arguments: texts(value.get("arguments")?)?,
            environment: value.get("environment")?.as_array()?.iter().map(pair).collect::<Option<_>>()?,
            is_walled: value.get("is_walled")?.as_bool()?,
            processor_s: number("processor_s")?,
            memory: number("memory")?,
            file: number("file")?,
            processes: number("processes")?,
        })
    }
}

type Outcome<T> = Result<T, Box<dyn Error>>;

impl Walls {
    /// Runs the command; it comes back only if it fails.
    pub(crate) fn run(self) -> ExitCode {
        // Opened before anything changes, and closed when the program begins.
        let failed = OpenOptions::new().write(true).open(self.folder.join(FAILED));
        let outcome = match self.part.as_str() {
            "outer" => self.outer(),
            "inner" => self.inner(),
            _ => Err("there is no such part".into()),
        };
        if let (Ok(mut failed), Err(error)) = (failed, outcome) {
            _ = write!(failed, "{error}");
        }
        ExitCode::FAILURE
    }

    fn plan(&self) -> Outcome<Plan> {
        let mut text = String::new();
        File::open(self.folder.join(SPEC))?.take(1 << 24).read_to_string(&mut text)?;
        let value = serde_json::from_str(&text)?;
        Plan::from_json(&value).ok_or_else(|| "the plan is none".into())
    }

    /// Binds its life to that of the first process, and goes behind walls.
    fn outer(&self) -> Outcome<()> {
        let plan = self.plan()?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        if getppid().is_none_or(|parent| parent.as_raw_nonzero().get() != plan.parent) {
            return Err("the run has ended".into());
        }
        if !plan.is_walled {
            limit(&plan)?;
            return Err(Box::new(become_program(&plan, &self.folder.join("work"))));
        }
        let namespaces = ["--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup"];
        let mut command = Command::new("/usr/bin/unshare");
        command.args(namespaces).args(["--fork", "--kill-child=KILL", "--"]);
        command.arg(std::env::current_exe()?).arg(COMMAND).arg(&self.folder).arg("inner").env_clear();
        let error = command.exec();
        Err(format!("no walls can be built without `unshare` of util-linux in /usr/bin ({error}){REMEDY}").into())
    }

    fn inner(&self) -> Outcome<()> {
        let plan = self.plan()?;
        let walls = |error: Box<dyn Error>| format!("the system does not allow the walls ({error}){REMEDY}");
        self.build().map_err(walls)?;
        limit(&plan)?;
        give_up_rights().map_err(walls)?;
        Err(Box::new(become_program(&plan, Path::new("/work"))))
    }

    /// A root of its own, with the system read-only and the folder.
    fn build(&self) -> Outcome<()> {
        // No namespaces within, so that nobody gets rights in one: fewer doors. What is above holds without it.
        _ = fs::write("/proc/sys/user/max_user_namespaces", "0");
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC).map_err(at("/"))?;
        let root = self.folder.join("root");
        let safe = MountFlags::NOSUID | MountFlags::NODEV;
        mount("tmpfs", &root, "tmpfs", safe, Some(c"size=4m,mode=755")).map_err(at("the root"))?;
        let within = |path: &str| root.join(path.trim_start_matches('/'));
        for place in VISIBLE {
            match fs::symlink_metadata(place) {
                Ok(it) if it.is_symlink() => symlink(fs::read_link(place)?, within(place))?,
                Ok(it) if it.is_dir() => {
                    fs::create_dir(within(place))?;
                    mount_bind_recursive(place, within(place)).map_err(at(place))?;
                }
                _ => {}
            }
        }
        fs::create_dir(within("/etc"))?;
        fs::create_dir(within("/dev"))?;
        for place in SETTINGS.iter().chain(&DEVICES).filter(|place| Path::new(place).exists()) {
            match Path::new(place).is_dir() {
                true => fs::create_dir(within(place))?,
                false => _ = File::create(within(place))?,
            }
            mount_bind(*place, within(place)).map_err(at(place))?;
        }
        for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
            symlink(format!("/proc/self/fd{target}"), within("/dev").join(name))?;
        }
        fs::create_dir(within("/proc"))?;
        // In a container it may be refused; then there is none.
        _ = mount("proc", within("/proc"), "proc", safe | MountFlags::NOEXEC, None);
        fs::create_dir(within("/work"))?;
        mount_bind(self.folder.join("work"), within("/work")).map_err(at("the folder"))?;
        symlink("work/.tmp", within("/tmp"))?;
        close(&root)?;
        std::env::set_current_dir(&root)?;
        pivot_root(".", ".").map_err(at("the new root"))?;
        unmount(".", UnmountFlags::DETACH).map_err(at("the old root"))?;
        std::env::set_current_dir("/work")?;
        Ok(())
    }
}

/// What to do where there are no walls to be had.
const REMEDY: &str = "; allow user namespaces, or say `sandbox = \"none\"` and give `--allow-unsandboxed` if you trust \
                      the program";

fn at(place: &str) -> impl Fn(rustix::io::Errno) -> String {
    let place = place.to_owned();
    move |error| format!("{place}: {error}")
}

/// Makes everything below the new root read-only but the folder, each mount by itself: a remount reaches no further.
fn close(root: &Path) -> Outcome<()> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let folder = root.join("work");
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(4);
        let (Some(place), Some(options)) = (fields.next(), fields.next()) else { continue };
        let place = PathBuf::from(unescaped(place));
        if !place.starts_with(root) {
            continue;
        }
        let mut flags = MountFlags::BIND | MountFlags::NOSUID;
        if place != folder {
            flags |= MountFlags::RDONLY;
        }
        // What is shut already stays so; the system insists on it. Devices are opened as such.
        for (word, flag) in [
            ("nodev", MountFlags::NODEV),
            ("noexec", MountFlags::NOEXEC),
            ("noatime", MountFlags::NOATIME),
            ("nodiratime", MountFlags::NODIRATIME),
            ("relatime", MountFlags::RELATIME),
        ] {
            if options.split(',').any(|option| option == word) {
                flags |= flag;
            }
        }
        mount_remount(&place, flags, c"").map_err(at(&place.to_string_lossy()))?;
    }
    Ok(())
}

/// A path of `mountinfo`, in which a space is `\040`.
fn unescaped(path: &str) -> String {
    ["\\040 ", "\\011\t", "\\012\n", "\\134\\"].iter().fold(path.to_owned(), |path, pair| {
        let (code, sign) = pair.split_at(4);
        path.replace(code, sign)
    })
}

/// No right of the system's root is left, and none comes back.
fn give_up_rights() -> Outcome<()> {
    set_no_new_privs(true)?;
    for right in CapabilitySet::all().iter() {
        // An older system does not know the newest.
        match remove_capability_from_bounding_set(right) {
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    Ok(())
}

fn limit(plan: &Plan) -> Outcome<()> {
    for (resource, most) in [
        (Resource::As, plan.memory),
        (Resource::Cpu, plan.processor_s),
        (Resource::Fsize, plan.file),
        (Resource::Nproc, plan.processes),
        (Resource::Nofile, FILES_MAX),
        (Resource::Core, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// It comes back only if the program cannot be begun.
fn become_program(plan: &Plan, work: &Path) -> io::Error {
    let Plan { parent: _, program, arguments, environment, .. } = plan;
    let environment = environment.iter().map(|(name, value)| (name, value));
    let error = Command::new(program).args(arguments).env_clear().envs(environment).current_dir(work).exec();
    io::Error::new(error.kind(), format!("`{program}` cannot be begun: {error}"))
}
