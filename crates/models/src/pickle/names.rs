//! What is known about the functions and classes that a pickle names.
//!
//! The list that counts is the one of what is harmless: loading a pickle is running a program, and what a program may
//! call must be known. The list of what is dangerous changes no decision between loading and not loading; it tells a
//! stranger's code from a library that nobody has looked at yet.

use super::libraries::{SKLEARN_CLASSES, SKLEARN_FUNCTIONS, TORCH_MODULES};

/// What is known about a global, and how it may be used if it is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Known to run code, open files or reach the network.
    Dangerous,
    /// Not known.
    Unknown,
    /// Harmless if used so.
    Harmless(Use),
}

/// How a harmless global may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// As an argument or value: a type, a storage, a function that is kept.
    Value,
    /// Instances are made without calling its constructor's code, and filled by `BUILD`.
    Class,
    /// Called with so many arguments, at least and at most.
    Call(usize, usize),
    /// Called in one way only, which is checked where calls are.
    Special(Special),
}

/// Harmless only with certain arguments, so never handed to something else that would call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    /// `copyreg._reconstructor(cls, base, state)`: calls `base`.
    Reconstructor,
    /// `copyreg.__newobj__(cls, *args)`.
    NewObject,
    /// `_codecs.encode(text, encoding)`: an encoding's name is imported.
    Encode,
    /// `torch.storage._load_from_bytes(bytes)`: loads a pickle.
    LoadFromBytes,
    /// `bytes` and `bytearray`: a number makes as many bytes.
    Bytes,
    /// `numpy.core._ufunc_reconstruct(module, name)`: imports and looks up.
    Ufunc,
}

/// Modules that may be called `numpy.core` or, since NumPy 2, `numpy._core`.
const MULTIARRAY: &[&str] = &["numpy.core.multiarray", "numpy._core.multiarray", "numpy.core._multiarray_umath"];
const NUMERIC: &[&str] = &["numpy.core.numeric", "numpy._core.numeric"];
const BUILTINS: &[&str] = &["builtins", "__builtin__"];
const COPYREG: &[&str] = &["copyreg", "copy_reg"];
const UFUNC_MODULES: &[&str] =
    &["numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "scipy.special._ufuncs"];

/// Elementwise functions: what `_ufunc_reconstruct` may look up, and what transformers keep.
#[rustfmt::skip]
const UFUNCS: &[&str] = &[
    "abs", "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "ceil",
    "clip", "conjugate", "cos", "cosh", "deg2rad", "divide", "equal", "exp", "exp2", "expit", "expm1", "fabs", "floor",
    "fmax", "fmin", "greater", "hypot", "isfinite", "isinf", "isnan", "less", "log", "log10", "log1p", "log2", "logit",
    "maximum", "minimum", "mod", "multiply", "negative", "not_equal", "power", "rad2deg", "reciprocal", "remainder",
    "rint", "sign", "sin", "sinh", "sqrt", "square", "subtract", "tan", "tanh", "true_divide", "trunc",
];

/// A row of the list: modules, names in them, and their use.
type Row = (&'static [&'static str], &'static [&'static str], Use);

#[rustfmt::skip]
const HARMLESS: &[Row] = &[
    (BUILTINS, &["object", "int", "float", "bool", "str", "unicode", "long", "type", "NoneType"], Use::Value),
    (BUILTINS, &["complex", "list", "dict", "tuple", "set", "frozenset", "slice", "range", "xrange"], Use::Call(0, 3)),
    (BUILTINS, &["bytes", "bytearray"], Use::Special(Special::Bytes)),
    (COPYREG, &["_reconstructor"], Use::Special(Special::Reconstructor)),
    (COPYREG, &["__newobj__"], Use::Special(Special::NewObject)),
    (&["_codecs"], &["encode"], Use::Special(Special::Encode)),
    (&["collections"], &["OrderedDict", "Counter", "defaultdict"], Use::Call(0, 2)),
    (&["collections"], &["deque"], Use::Call(0, 2)),
    (&["datetime"], &["date", "datetime", "time", "timedelta", "timezone"], Use::Call(0, 8)),
    (&["decimal"], &["Decimal"], Use::Call(1, 1)),
    (&["fractions"], &["Fraction"], Use::Call(1, 2)),
    (&["uuid"], &["UUID", "SafeUUID"], Use::Class),
    (&["argparse"], &["Namespace"], Use::Class),

    (MULTIARRAY, &["_reconstruct"], Use::Call(3, 3)),
    (&["numpy.core._internal"], &["_reconstruct"], Use::Call(3, 3)),
    (MULTIARRAY, &["scalar"], Use::Call(1, 2)),
    (NUMERIC, &["_frombuffer"], Use::Call(4, 5)),
    (&["numpy.core", "numpy._core"], &["_ufunc_reconstruct"], Use::Special(Special::Ufunc)),
    (&["numpy"], &["dtype"], Use::Call(1, 4)),
    (&["numpy"], &["ndarray", "matrix", "recarray", "record", "generic", "number", "integer", "floating", "bool_",
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
        "float64", "longdouble", "float128", "complex64", "complex128", "str_", "bytes_", "unicode_", "string_", "void",
        "object_", "datetime64", "timedelta64", "intc", "uintc", "intp", "longlong", "ulonglong",
        "mean", "median", "sum", "max", "min", "var", "std", "nanmean", "nanmedian"], Use::Value),
    (&["numpy"], UFUNCS, Use::Value),
    (&["numpy"], &["poly1d"], Use::Class),
    (&["numpy.matrixlib.defmatrix"], &["matrix"], Use::Value),
    (&["numpy.core.records", "numpy._core.records", "numpy.rec"], &["recarray", "record"], Use::Value),
    (&["numpy.lib.polynomial", "numpy.lib._polynomial_impl"], &["poly1d"], Use::Class),
    (&["numpy.ma.core", "numpy.ma"], &["_mareconstruct"], Use::Call(4, 4)),
    (&["numpy.ma.core", "numpy.ma"], &["MaskedArray", "mvoid", "MaskedConstant"], Use::Value),
    (&["numpy.dtypes"], &["StringDType"], Use::Value),
    (&["numpy.polynomial.polynomial"], &["Polynomial"], Use::Class),
    (&["numpy.polynomial.chebyshev"], &["Chebyshev"], Use::Class),
    (&["numpy.polynomial.legendre"], &["Legendre"], Use::Class),
    (&["numpy.random._pickle"], &["__randomstate_ctor", "__generator_ctor"], Use::Call(0, 2)),
    (&["numpy.random._pickle"], &["__bit_generator_ctor"], Use::Call(0, 1)),
    (&["numpy.random"], &["__RandomState_ctor"], Use::Call(0, 0)),
    (&["numpy.random._mt19937"], &["MT19937"], Use::Value),
    (&["numpy.random._pcg64"], &["PCG64", "PCG64DXSM"], Use::Value),
    (&["numpy.random._philox"], &["Philox"], Use::Value),
    (&["numpy.random._sfc64"], &["SFC64"], Use::Value),
    (&["numpy.random.bit_generator"], &["SeedSequence"], Use::Value),
    (&["numpy.random.bit_generator"], &["__pyx_unpickle_SeedSequence"], Use::Call(3, 3)),
    (&["numpy.random._bit_generator"], &["__pyx_unpickle_SeedSequence"], Use::Call(3, 3)),

    (&["scipy.interpolate._bsplines"], &["BSpline"], Use::Class),
    (&["scipy._lib.array_api_compat.numpy._aliases"], &["asarray"], Use::Value),

    (&["joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle"], &["NumpyArrayWrapper"], Use::Class),

    (&["torch._utils"], &["_rebuild_tensor"], Use::Call(4, 4)),
    (&["torch._utils"], &["_rebuild_tensor_v2", "_rebuild_tensor_v3"], Use::Call(6, 9)),
    (&["torch._utils"], &["_rebuild_parameter", "_rebuild_parameter_with_state"], Use::Call(3, 4)),
    (&["torch._utils"], &["_rebuild_qtensor", "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor",
        "_rebuild_nested_tensor", "_rebuild_meta_tensor_no_storage", "_rebuild_device_tensor_from_numpy",
        "_rebuild_device_tensor_from_cpu_tensor"], Use::Call(2, 8)),
    (&["torch._tensor"], &["_rebuild_from_type_v2"], Use::Call(4, 4)),
    (&["torch", "torch._tensor"], &["Tensor"], Use::Value),
    (&["torch.nn.parameter"], &["Parameter", "Buffer"], Use::Value),
    (&["torch"], &["Size", "device"], Use::Call(1, 2)),
    (&["torch.serialization"], &["_get_layout"], Use::Call(1, 1)),
    (&["torch.storage"], &["_load_from_bytes"], Use::Special(Special::LoadFromBytes)),
    (&["torch.storage"], &["UntypedStorage", "TypedStorage"], Use::Value),
    (&["torch", "torch.cuda"], &["FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage",
        "IntStorage", "ShortStorage", "CharStorage", "ByteStorage", "BoolStorage", "ComplexFloatStorage",
        "ComplexDoubleStorage", "QInt8Storage", "QInt32Storage", "QUInt8Storage", "QUInt4x2Storage", "UntypedStorage"],
        Use::Value),
    (&["torch"], &["float16", "float32", "float64", "bfloat16", "float", "double", "half", "int8", "int16", "int32",
        "int64", "long", "int", "short", "uint8", "uint16", "uint32", "uint64", "bool", "complex64", "complex128",
        "qint8", "qint32", "quint8", "float8_e4m3fn", "float8_e5m2", "strided", "sparse_coo", "contiguous_format",
        "channels_last", "preserve_format", "per_tensor_affine", "per_channel_affine"], Use::Value),
    // Resolved by TorchScript's own reader, which imports nothing.
    (&["torch.jit._pickle"], &["build_intlist", "build_doublelist", "build_boollist", "build_tensorlist",
        "build_tensor_from_id"], Use::Call(1, 1)),
    (&["torch.jit._pickle"], &["restore_type_tag"], Use::Call(2, 2)),
];

/// Private modules of `scipy.sparse`, with and without the underscore they got in SciPy 1.8.
const SPARSE: &[&str] = &[
    "csr_matrix",
    "csc_matrix",
    "coo_matrix",
    "lil_matrix",
    "dok_matrix",
    "dia_matrix",
    "bsr_matrix",
    "csr_array",
    "csc_array",
    "coo_array",
    "lil_array",
    "dok_array",
    "dia_array",
    "bsr_array",
];

/// Modules of which nothing belongs into a model file, with everything below them.
#[rustfmt::skip]
const DANGEROUS_MODULES: &[&str] = &[
    "IPython", "Cython", "__main__.__builtins__", "_aix_support", "_asyncio", "_collections_abc.sys", "_ctypes",
    "_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_osx_support", "_pickle", "_posixsubprocess",
    "_pyio", "_pyrepl", "_socket", "_sqlite3", "_ssl", "_testcapi", "_thread", "_xxsubinterpreters", "aiohttp",
    "antigravity", "asyncio", "asyncore", "atexit", "bdb", "boto3", "builtins.__import__", "bz2", "cPickle", "cProfile",
    "cffi", "cgi", "cgitb", "cloudpickle", "cmd", "code", "codeop", "commands", "compileall", "concurrent", "crypt",
    "ctypes", "curses", "dask", "dbm", "dill", "distutils", "docker", "doctest", "ensurepip", "execnet", "fabric",
    "faulthandler", "fileinput", "fsspec", "ftplib", "gc", "getpass", "glob", "gzip", "h5py", "http", "httplib", "httpx",
    "idlelib", "imaplib", "imp", "importlib", "inspect", "io", "jsonpickle", "lib2to3", "linecache", "lzma", "mailcap",
    "marshal", "mmap", "modulefinder", "multiprocessing", "nntplib", "nt", "ntpath.os", "numba", "os", "paramiko",
    "pathlib.os", "pdb", "pexpect", "pickle", "pickletools", "pip", "pkg_resources", "pkgutil", "platform", "poplib",
    "popen2", "posix", "posixpath.os", "profile", "psutil", "pty", "py_compile", "pyclbr", "pycparser", "pydoc",
    "pyximport", "readline", "requests", "resource", "rlcompleter", "runpy", "sched", "select", "selectors",
    "setuptools", "shelve", "shutil", "signal", "site", "smtpd", "smtplib", "socket", "socketserver", "sqlite3", "ssl",
    "subprocess", "sys", "syslog", "tarfile", "telnetlib", "tempfile", "test", "threading", "timeit", "tkinter",
    "trace", "turtle", "unittest", "urllib", "urllib2", "urllib3", "venv", "webbrowser", "winreg", "wsgiref", "xmlrpc",
    "xmlrpclib", "yaml", "zipapp", "zipfile", "zipimport", "numpy.ctypeslib", "numpy.distutils", "numpy.f2py",
    "numpy.lib.npyio", "numpy.lib._npyio_impl", "numpy.lib.format", "numpy.testing", "numpy.memmap", "pandas.io",
    "scipy.io", "scipy.weave", "sklearn.datasets", "sklearn.utils._testing", "torch._dynamo", "torch._inductor",
    "torch.distributed", "torch.fx", "torch.hub", "torch.jit.frontend", "torch.jit.unsupported_tensor_ops",
    "torch.multiprocessing", "torch.package", "torch.serialization", "torch.testing", "torch.utils._config_module",
    "torch.utils.bottleneck", "torch.utils.collect_env", "torch.utils.cpp_extension", "torch.utils.hipify",
    "torch.utils.model_dump", "torch.utils.show_pickle", "torch.utils.viz", "torchvision.io", "tensorflow.io",
    "tensorflow.python.lib.io", "joblib", "sklearn.externals.joblib", "keras.saving", "keras.models",
    "keras.src.saving", "tensorflow.keras.models",
];

/// Names that are dangerous in modules which are not so as a whole.
#[rustfmt::skip]
const DANGEROUS_NAMES: &[(&[&str], &[&str])] = &[
    (BUILTINS, &["__build_class__", "__import__", "__loader__", "apply", "breakpoint", "callable", "compile", "copyright",
        "credits", "delattr", "dir", "eval", "exec", "execfile", "exit", "file", "filter", "getattr", "globals",
        "help", "input", "iter", "license", "locals", "map", "memoryview", "next", "open", "print", "quit", "raw_input",
        "reduce", "reload", "setattr", "sorted", "vars"]),
    (&["operator", "_operator"], &["attrgetter", "methodcaller", "itemgetter", "call", "getitem", "setitem"]),
    (&["functools", "_functools"], &["partial", "partialmethod", "reduce", "singledispatch", "cached_property"]),
    (&["types"], &["CodeType", "FunctionType", "LambdaType", "MethodType", "ModuleType", "BuiltinFunctionType"]),
    (&["codecs"], &["open", "EncodedFile", "lookup", "register", "encode", "decode"]),
    (&["_codecs"], &["decode", "lookup", "register"]),
    (&["logging.config", "logging", "logging.handlers"], &["dictConfig", "fileConfig", "listen", "DictConfigurator",
        "FileHandler", "SocketHandler", "HTTPHandler", "SMTPHandler", "valid_ident", "ConvertingDict"]),
    (&["collections"], &["namedtuple"]),
    (&["dataclasses"], &["make_dataclass"]),
    (&["typing"], &["get_type_hints", "ForwardRef", "NamedTuple"]),
    (&["weakref"], &["finalize"]),
    (&["uuid"], &["_get_command_stdout", "_popen", "_ifconfig_getter", "getnode"]),
    (&["numpy"], &["load", "save", "savez", "fromfile", "memmap", "loadtxt", "savetxt", "genfromtxt", "fromregex",
        "DataSource", "tofile", "fromstring", "vectorize", "apply_along_axis", "fromfunction", "piecewise"]),
    (&["torch"], &["load", "save", "compile", "from_file", "hub"]),
    (&["torch.jit", "torch.jit._serialization"], &["load", "save", "script", "trace"]),
    (&["torch.storage"], &["_share_filename_cpu_", "from_file"]),
    (&["pandas", "pandas.core.computation.eval"], &["read_pickle", "read_csv", "read_json", "eval", "read_hdf",
        "read_sql", "read_html", "read_xml"]),
    (&["scipy.special"], &["_test"]),
    (&["random"], &["_os", "_urandom"]),
];

fn is_within(module: &str, prefix: &str) -> bool {
    module.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is known about `module.name`.
pub(crate) fn standing(module: &str, name: &str) -> Standing {
    for (modules, names, usage) in HARMLESS {
        if modules.contains(&module) && names.contains(&name) {
            return Standing::Harmless(*usage);
        }
    }
    // How joblib wrote arrays before 0.10: in files beside, which these open by name. Honest and not harmless.
    if matches!(name, "NDArrayWrapper" | "ZNDArrayWrapper") && module.ends_with("joblib.numpy_pickle") {
        return Standing::Unknown;
    }
    // Before the patterns below, so that no pattern can admit something dangerous.
    let full = format!("{module}.{name}");
    let steps = || full.match_indices('.').map(|(at, _)| full.get(at + 1..).unwrap_or_default());
    let is_dangerous = |path: &str| DANGEROUS_MODULES.iter().any(|prefix| is_within(path, prefix));
    if is_dangerous(&full) || DANGEROUS_NAMES.iter().any(|(modules, names)| named(modules, names, module, name)) {
        return Standing::Dangerous;
    }
    // `numpy.core.os.system`: a module reached through another.
    if name.contains('.') && steps().any(is_dangerous) {
        return Standing::Dangerous;
    }
    match module.split('.').next() {
        Some("sklearn") if SKLEARN_CLASSES.contains(&name) => Standing::Harmless(match name {
            "Tree" => Use::Call(3, 3),
            // Compiled classes are made by a call: distances, losses, links.
            _ if name.contains("Distance") || module.contains("._loss") => Use::Call(0, 3),
            _ if module.ends_with("sgd_fast") => Use::Call(0, 3),
            _ => Use::Class,
        }),
        Some("sklearn") if name == "newObj" => Standing::Harmless(Use::Call(1, 1)),
        Some("sklearn") if SKLEARN_FUNCTIONS.contains(&name) => Standing::Harmless(Use::Value),
        Some("scipy") if is_within(module, "scipy.sparse") && SPARSE.contains(&name) => Standing::Harmless(Use::Class),
        Some("torch") if is_within(module, "torch.nn.modules") && TORCH_MODULES.contains(&name) => {
            Standing::Harmless(Use::Class)
        }
        _ => Standing::Unknown,
    }
}

/// `name` is one of `names`, or is reached through one of them, in one of `modules`.
fn named(modules: &[&str], names: &[&str], module: &str, name: &str) -> bool {
    modules.contains(&module) && names.iter().any(|known| is_within(name, known))
}

/// Whether `_ufunc_reconstruct` may look this up.
pub(super) fn is_ufunc(module: &str, name: &str) -> bool {
    UFUNC_MODULES.contains(&module) && UFUNCS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_code_is_never_harmless() {
        let check = |module: &str, name: &str, expected: &str| {
            let seen = match standing(module, name) {
                Standing::Dangerous => "dangerous",
                Standing::Unknown => "unknown",
                Standing::Harmless(_) => "harmless",
            };
            assert_eq!(seen, expected, "{module}.{name}");
        };
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("nt", "system"),
            ("os.path", "join"),
            ("builtins", "eval"),
            ("__builtin__", "execfile"),
            ("builtins", "getattr"),
            ("builtins", "getattr.__call__"),
            ("importlib", "import_module"),
            ("marshal", "loads"),
            ("pkgutil", "resolve_name"),
            ("ctypes", "CDLL"),
            ("pydoc", "locate"),
            ("mailcap", "findmatch"),
            ("logging.config", "dictConfig"),
            ("runpy", "_run_code"),
            ("socket", "create_connection"),
            ("webbrowser", "open"),
            ("torch.hub", "load"),
            ("torch", "load"),
            ("joblib", "load"),
            ("joblib.numpy_pickle", "read_zfile"),
            ("numpy", "load"),
            ("numpy", "core.multiarray.os.system"),
            ("sklearn.utils", "os.system"),
        ] {
            check(module, name, "dangerous");
        }
        for (module, name) in [
            ("numpy", "testing.measure"),
            ("torch.nn.modules.linear", "Linear.forward"),
            ("scipy.stats._continuous_distns", "norm_gen"),
            ("joblib.numpy_pickle", "NDArrayWrapper"),
            ("collections", "_sys.modules"),
            ("sklearnx.svm", "SVC"),
            ("sklearn.svm", "Popen"),
            ("os ", "system"),
            ("", ""),
        ] {
            assert!(!matches!(standing(module, name), Standing::Harmless(_)), "{module}.{name}");
        }
        check("numpy.core.multiarray", "_reconstruct", "harmless");
        check("sklearn.svm._classes", "SVC", "harmless");
        check("sklearn.tree.tree", "DecisionTreeClassifier", "harmless");
        check("scipy.sparse.csr", "csr_matrix", "harmless");
        check("torch.nn.modules.container", "Sequential", "harmless");
    }
}
