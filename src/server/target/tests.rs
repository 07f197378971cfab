use super::*;

fn target(text: &str) -> Target {
    Fields::paste(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .target()
        .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn problems(text: &str) -> Vec<FieldError> {
    match Fields::paste(text) {
        Err(error) => vec![error],
        Ok(fields) => fields.target().unwrap_err(),
    }
}

fn tcp(host: &str, port: u16) -> Place {
    Place::Tcp {
        host: host.to_owned(),
        port,
    }
}

#[test]
fn a_url_and_the_same_in_keywords_are_the_same_target() {
    let url = target(
        "postgresql://edfi%20owner:p%40ss%2Fw%3A%25r%C3%BCd@DB.District.example:6543/my%20db?sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem&application_name=x",
    );
    let words = target(
        r"host=DB.District.example  port = 6543 user='edfi owner' password='p@ss/w:%rüd' dbname='my db' sslmode=verify-ca sslrootcert=/etc/ca.pem",
    );
    assert_eq!(url, words);
    assert_eq!(url.place, tcp("db.district.example", 6543));
    assert_eq!(url.user, "edfi owner");
    assert_eq!(url.password.unwrap().expose(), "p@ss/w:%rüd");
    assert_eq!(url.database, "my db");
    assert_eq!(url.tls.mode, TlsMode::VerifyCa);
    assert_eq!(url.tls.authority, Some(PathBuf::from("/etc/ca.pem")));
}

#[test]
fn what_is_missing_gets_its_usual_value_and_tls_the_safe_one() {
    let least = target("postgres://edfi@db");
    assert_eq!(least.place, tcp("db", 5432));
    assert_eq!(least.database, "postgres");
    assert_eq!(least.tls, Tls::default());
    assert_eq!(least.tls.mode, TlsMode::VerifyFull);
    assert_eq!(least.password, None);
    assert_eq!(target("postgres://edfi:@db").password, None);
}

#[test]
fn addresses_and_sockets() {
    assert_eq!(target("postgres://e@[::1]:5433/x").place, tcp("::1", 5433));
    assert_eq!(
        target("postgres://e@[2001:DB8:0::5]/x").place,
        tcp("2001:db8::5", 5432)
    );
    assert_eq!(
        target("host=2001:db8::5 user=e").place,
        tcp("2001:db8::5", 5432)
    );
    assert_eq!(
        target("host=10.0.0.7 user=e").place.to_string(),
        "10.0.0.7:5432"
    );
    assert_eq!(
        target("postgres://e@[::1]/x").place.to_string(),
        "[::1]:5432"
    );
    for text in [
        "postgres://e@%2Fvar%2Frun%2Fpostgresql:5433/x",
        "postgres:///x?host=/var/run/postgresql&port=5433&user=e",
        "host=/var/run/postgresql port=5433 user=e",
    ] {
        let socket = target(text);
        assert_eq!(
            socket.place.socket(),
            Some(PathBuf::from("/var/run/postgresql/.s.PGSQL.5433")),
            "{text}"
        );
        assert_eq!(socket.tls.mode, TlsMode::Disable, "{text}");
    }
}

#[test]
fn a_bare_at_in_a_password_is_understood() {
    let target = target("postgres://edfi:p@ss@db/x");
    assert_eq!(target.place, tcp("db", 5432));
    assert_eq!(target.password.unwrap().expose(), "p@ss");
}

#[test]
fn quotes_and_backslashes_among_keywords() {
    let target = target(r"host=db user=it\'s\ me password='a \'b\' \\ c' dbname=''");
    assert_eq!(target.user, "it's me");
    assert_eq!(target.password.unwrap().expose(), r"a 'b' \ c");
    assert_eq!(target.database, "postgres");
}

#[test]
fn every_mistake_has_its_field() {
    for (text, field) in [
        ("", Field::Url),
        ("db.example", Field::Url),
        ("mysql://e@db", Field::Url),
        ("postgres://e@a,b/x", Field::Host),
        ("postgres://e@a:1,b:2/x", Field::Host),
        ("host=a,b user=e", Field::Host),
        ("host=a port=1,2 user=e", Field::Host),
        ("postgres://e@db:0/x", Field::Port),
        ("postgres://e@db:99999/x", Field::Port),
        ("postgres://e:pa/ss@db/x", Field::Password),
        ("postgres://e@::1/x", Field::Host),
        ("postgres://e@[::1/x", Field::Host),
        ("postgres://e@[fe80::1%25eth0]/x", Field::Host),
        ("postgres://e@d%ZZb/x", Field::Host),
        ("postgres://e:%FF@db/x", Field::Password),
        ("postgres://e:%00@db/x", Field::Password),
        ("postgres://db/x", Field::User),
        ("postgres:///x?user=e", Field::Host),
        ("postgres://e@1.2.3/x", Field::Host),
        ("postgres://e@sch%C3%BCler.example/x", Field::Host),
        ("host=@abstract user=e", Field::Host),
        ("host='a b' user=e", Field::Host),
        ("host=a..b user=e", Field::Host),
        ("host=db user=e sslmode=allow", Field::Tls),
        ("host=db user=e sslmode=full", Field::Tls),
        ("host=/run user=e sslmode=verify-full", Field::Tls),
        (
            "host=db user=e sslmode=require sslrootcert=/ca",
            Field::Authority,
        ),
        ("host=db user=e sslcert=/c", Field::Key),
        ("host=db user=e sslkey=/k", Field::Certificate),
        (
            "host=db user=e sslmode=disable sslcert=/c sslkey=/k",
            Field::Certificate,
        ),
        ("host=db user=e hostaddr=10.0.0.1", Field::Host),
        ("host=db user=e options=-cgeqo=off", Field::Url),
        ("host=db user=e hots=x", Field::Url),
        ("host=db user='e", Field::Url),
        ("Host=db;Username=e;Password=x", Field::Url),
        ("host=db user='a\tb'", Field::User),
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].field, field, "{text}: {found:?}");
        assert!(!found[0].help.is_empty());
    }
    assert_eq!(problems("host=a..b port=x sslmode=y dbname=x").len(), 4);
}

#[test]
fn no_message_quotes_a_password() {
    for text in [
        "postgres://e:hunter2/x@db/x",
        "postgres://e:hunter2#x@db:x/x",
        "postgres://e:hunter2?x@db/x",
        "postgres://e:hunter2%Z@db/x",
        "host=db user=e password=a hunter2!x=b",
        "host=db user=e password='hunter2",
        "Host=db;Password=hunter2",
        "postgres://e:a:hunter2@[db/x",
    ] {
        for problem in problems(text) {
            let all = format!("{problem:?} {}", problem.diagnostic());
            assert!(!all.contains("hunter2"), "{all}");
        }
    }
    let fields = Fields::paste("postgres://e:hunter2@db/x").unwrap();
    assert!(!format!("{fields:?} {:?}", fields.target()).contains("hunter2"));
    assert_eq!(fields.target().unwrap().to_string(), "db:5432, as e");
}

#[test]
fn what_was_given_by_itself_wins_over_what_was_pasted() {
    let pasted = Fields::paste("postgres://a@db:1/x?sslmode=require").unwrap();
    let target = pasted
        .with(Fields {
            host: Some("other".to_owned()),
            tls: Some("VerifyFull".to_owned()),
            ..Fields::default()
        })
        .target()
        .unwrap();
    assert_eq!(target.place, tcp("other", 1));
    assert_eq!(
        (target.user.as_str(), target.tls.mode),
        ("a", TlsMode::VerifyFull)
    );
}

#[test]
fn every_mode_says_what_it_protects_against() {
    for mode in TlsMode::ALL {
        assert_eq!(TlsMode::of_word(mode.word()), Some(mode));
        assert!(mode.protects().starts_with("Protects against"));
    }
    assert!(TlsMode::VerifyCa.verifies() && !TlsMode::Require.verifies());
}
