//! Codes of everything a profile can be told off for. They are stable: a code keeps its meaning
//! for ever, and a meaning that goes away leaves its number unused.

macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $name: &str = $code;
        )+
        /// Every code with its meaning, in order, for the reference page.
        pub const ALL: &[(&str, &str)] = &[$(($code, $meaning)),+];
    };
}

codes! {
    UNREADABLE = "E-1001", "The file cannot be read, or no profile has that name.";
    TOO_LARGE = "E-1002", "The file is larger than a profile can be.";
    NOT_UTF8 = "E-1003", "The file is not UTF-8 text.";
    EMPTY = "E-1004", "The file is empty, or holds nothing but comments.";
    SYNTAX = "E-1005", "The file does not follow the rules of YAML.";
    TAB = "E-1006", "A line is indented with tabs.";
    SEVERAL_DOCUMENTS = "E-1007", "The file holds more than one document.";
    NOT_USED_HERE = "E-1008", "Something that YAML has and profiles do not use: anchors, aliases, merge keys, tags.";
    DUPLICATE = "E-1009", "A field is given twice.";
    UNKNOWN = "E-1010", "There is no such field.";
    MISSING = "E-1011", "A field that every profile needs is not there.";
    WRONG_KIND = "E-1012", "A value is of the wrong kind: text where a number belongs, a list where text belongs.";
    NO_VALUE = "E-1013", "A field has no value.";
    NOT_A_CHOICE = "E-1014", "A value is not one of the choices.";
    OUT_OF_RANGE = "E-1015", "A number is too small or too large.";
    REPEATED = "E-1016", "A list holds the same entry twice.";
    SECRET = "E-1017", "The file holds a secret. A profile holds none.";
    NEWER = "E-1018", "The file is in a format that this program does not know.";
    ARGUMENT = "E-1019", "A --set argument cannot be understood or applied.";
    MANY_MORE = "E-1020", "There are more problems than are shown.";
    UNWRITABLE = "E-1021", "The profile cannot be written as a file.";
    NAME = "E-1101", "The name of the deployment has a wrong form.";
    RELEASE = "E-1102", "The release of the ODS/API is not complete, as in 7.3.2.";
    DATA_STANDARD = "E-1103", "The data standard is not complete, as in 6.1.0.";
    HOST = "E-1104", "The host is neither a host name nor a network address.";
    LISTEN = "E-1105", "The address to listen on is not a network address.";
    PATH = "E-1106", "The first part of the API's address has a wrong form, or is taken.";
    FILE_NAME = "E-1107", "The name of a certificate file has a wrong form.";
    CLAIM_SET = "E-1108", "The name of the claim set has a wrong form.";
    NAMESPACE = "E-1109", "A namespace does not begin with uri:// or has a wrong form.";
    REGISTRY = "E-1110", "The registry has a wrong form.";
    IMAGE = "E-1111", "An image name is not complete, or does not say which version.";
    SERVICE = "E-1112", "The name of a service has a wrong form.";
    TENANT = "E-1113", "The name of a tenant has a wrong form, or is taken.";
    INSTANCE = "E-1114", "The name of an instance has a wrong form, or there is no such instance.";
    EXTENSION = "E-1115", "The name of an extension has a wrong form, or is taken.";
    NO_INSTANCES = "E-1116", "The use case needs a list of years, districts or tenants, and it is empty.";
    NEEDS_CACHE = "E-1117", "Several copies of the API need a shared cache.";
    REFUSED = "E-1118", "The release is not set up: too old, replaced, or another program.";
    NO_ADMIN_API = "E-1119", "The Admin API cannot serve this use case.";
    UNUSED = "W-1201", "A part of the file has no effect in this use case.";
    UNREACHABLE = "W-1202", "The host is a name for others, but only this computer can reach the address.";
}
