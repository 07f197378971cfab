//! A Redis client that knows three words: enough to keep values for a while in a cache that several programs share.
//!
//! The connection is described as `StackExchange.Redis` has it: `host:port,password=…,user=…,abortConnect=false`.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::crash::Crash;

/// `StackExchange.Redis` waits as long, for a connection and for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longer answers are not ours.
const LONGEST: usize = 1024 * 1024;

/// Options that are known and have no effect here.
const WITHOUT_EFFECT: [&str; 14] = [
    "abortconnect",
    "allowadmin",
    "asynctimeout",
    "channelprefix",
    "checkcertificate",
    "connectretry",
    "connecttimeout",
    "keepalive",
    "name",
    "resolvedns",
    "servicename",
    "synctimeout",
    "tiebreaker",
    "version",
];

/// Where the cache is and how to get in.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<String>,
    database: u16,
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}/{}", self.host, self.port, self.database)
    }
}

/// Why the cache did not answer. Never contains a password.
#[derive(Debug, thiserror::Error)]
pub enum RedisError {
    /// Nobody there, or no answer in time.
    #[error(
        "RedisConnectionException: it was not possible to connect to the Redis server at {0}: {1}"
    )]
    Connection(String, String),
    /// It says no.
    #[error("RedisServerException: {0}")]
    Refused(String),
}

impl RedisSettings {
    /// From a list of servers without options, as ODS/API 6.2 has it, and a password. The first is taken.
    pub fn of_servers(list: &str, password: Option<&str>) -> Result<Self, Crash> {
        let first = list.split(',').next().unwrap_or_default();
        Ok(Self {
            password: password.map(str::to_owned),
            ..Self::parse(first)?
        })
    }

    /// Reads a connection string. Of several servers the first is taken.
    pub fn parse(text: &str) -> Result<Self, Crash> {
        let wrong = |message: String| Crash::new("System.ArgumentException", message);
        let mut read = Self {
            host: String::new(),
            port: 6379,
            user: None,
            password: None,
            database: 0,
        };
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let Some((name, value)) = part.split_once('=') else {
                if read.host.is_empty() {
                    let (host, port) = part.rsplit_once(':').unwrap_or((part, "6379"));
                    host.clone_into(&mut read.host);
                    read.port = port
                        .parse()
                        .map_err(|_| wrong("The Redis server's port is no number.".to_owned()))?;
                }
                continue;
            };
            match name.trim().to_lowercase().as_str() {
                "password" => read.password = Some(value.to_owned()),
                "user" => read.user = Some(value.to_owned()),
                "defaultdatabase" => {
                    read.database = value
                        .trim()
                        .parse()
                        .map_err(|_| wrong("'defaultDatabase' must be a number.".to_owned()))?;
                }
                "ssl" if value.trim().eq_ignore_ascii_case("false") => {}
                "ssl" => {
                    return Err(wrong(
                        "The practice stand-in does not speak TLS to Redis.".to_owned(),
                    ));
                }
                known if WITHOUT_EFFECT.contains(&known) => {}
                // Not quoted: it may be the rest of a password with a comma in it.
                _ => {
                    return Err(wrong(
                        "A keyword in the Redis configuration is not supported.".to_owned(),
                    ));
                }
            }
        }
        if read.host.is_empty() {
            return Err(wrong("No endpoints specified for Redis.".to_owned()));
        }
        Ok(read)
    }
}

/// A cache and the one connection to it.
#[derive(Debug)]
pub struct Redis {
    settings: RedisSettings,
    connection: Mutex<Option<BufStream<TcpStream>>>,
}

impl Redis {
    /// Does not connect yet.
    pub fn new(settings: RedisSettings) -> Self {
        Self {
            settings,
            connection: Mutex::new(None),
        }
    }

    /// The value of that key, if it is there still.
    pub async fn get(&self, key: &str) -> Result<Option<String>, RedisError> {
        self.ask(&["GET", key]).await
    }

    /// Keeps a value for that many seconds.
    pub async fn set(&self, key: &str, value: &str, seconds: u64) -> Result<(), RedisError> {
        let seconds = seconds.max(1).to_string();
        self.ask(&["SET", key, value, "EX", &seconds]).await?;
        Ok(())
    }

    /// A kept connection may be dead without our knowing, so there is a second attempt with a new one.
    async fn ask(&self, words: &[&str]) -> Result<Option<String>, RedisError> {
        let mut kept = self.connection.lock().await;
        let failed =
            |reason: String| RedisError::Connection(format!("{:?}", self.settings), reason);
        let answered = async {
            if let Some(mut stream) = kept.take()
                && let Ok(answer) = converse(&mut stream, words).await
            {
                return Ok((stream, answer));
            }
            let mut stream = self.connect().await?;
            let answer = converse(&mut stream, words)
                .await
                .map_err(|error| failed(error.to_string()))?;
            Ok((stream, answer))
        };
        let (stream, answer) = tokio::time::timeout(PATIENCE, answered)
            .await
            .map_err(|_| failed("no answer in time".to_owned()))??;
        *kept = Some(stream);
        answer.map_err(RedisError::Refused)
    }

    async fn connect(&self) -> Result<BufStream<TcpStream>, RedisError> {
        let settings = &self.settings;
        let failed = |error: std::io::Error| {
            RedisError::Connection(format!("{settings:?}"), error.to_string())
        };
        let stream = TcpStream::connect((settings.host.as_str(), settings.port))
            .await
            .map_err(failed)?;
        let mut stream = BufStream::new(stream);
        let mut greetings = Vec::new();
        match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                greetings.push(vec!["AUTH".to_owned(), user.clone(), password.clone()]);
            }
            (None, Some(password)) => greetings.push(vec!["AUTH".to_owned(), password.clone()]),
            (_, None) => {}
        }
        if settings.database != 0 {
            greetings.push(vec!["SELECT".to_owned(), settings.database.to_string()]);
        }
        for words in greetings {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            converse(&mut stream, &words)
                .await
                .map_err(failed)?
                .map_err(RedisError::Refused)?;
        }
        Ok(stream)
    }
}

/// One question, one answer; the inner error is the server's own.
async fn converse(
    stream: &mut BufStream<TcpStream>,
    words: &[&str],
) -> std::io::Result<Result<Option<String>, String>> {
    let mut question = format!("*{}\r\n", words.len());
    for word in words {
        // Writing to a string cannot fail.
        let _ = write!(question, "${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(question.as_bytes()).await?;
    stream.flush().await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let strange = || std::io::Error::other("it does not talk like Redis");
    let line = line.strip_suffix("\r\n").ok_or_else(strange)?;
    let (kind, rest) = line.split_at_checked(1).ok_or_else(strange)?;
    match kind {
        "+" | ":" => Ok(Ok(Some(rest.to_owned()))),
        "-" => Ok(Err(rest.to_owned())),
        "$" if rest == "-1" => Ok(Ok(None)),
        "$" => {
            let length: usize = rest.parse().map_err(|_| strange())?;
            if length > LONGEST {
                return Err(strange());
            }
            let mut bytes = vec![0; length + 2];
            stream.read_exact(&mut bytes).await?;
            bytes.truncate(length);
            String::from_utf8(bytes)
                .map(|text| Ok(Some(text)))
                .map_err(|_| strange())
        }
        _ => Err(strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_those_of_stack_exchange() {
        let read =
            RedisSettings::parse("cache:6380, password=p=w,abortConnect=false,defaultDatabase=2")
                .unwrap();
        assert_eq!(format!("{read:?}"), "cache:6380/2");
        assert_eq!(read.password.as_deref(), Some("p=w"));
        assert_eq!(RedisSettings::parse("cache").unwrap().port, 6379);
        for text in [
            "",
            "password=secret",
            "cache,secret=1",
            "cache:x",
            "cache,ssl=true",
        ] {
            let message = RedisSettings::parse(text).unwrap_err().message().to_owned();
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_list_of_servers_has_its_password_apart() {
        let read = RedisSettings::of_servers("one:1, two:2", Some("a,b=c")).unwrap();
        assert_eq!(format!("{read:?}"), "one:1/0");
        assert_eq!(read.password.as_deref(), Some("a,b=c"));
        assert!(RedisSettings::of_servers("", None).is_err());
    }

    /// A server that answers every question with the next of these texts.
    async fn server(answers: &'static [&'static str]) -> RedisSettings {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let mut answers = answers.iter();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut bytes = [0; 4096];
                while let Ok(length) = stream.read(&mut bytes).await
                    && length > 0
                {
                    let Some(answer) = answers.next() else { return };
                    if *answer == "hang up" {
                        break;
                    }
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        RedisSettings::parse(&format!("127.0.0.1:{port},password=pw")).unwrap()
    }

    #[tokio::test]
    async fn values_come_back_and_a_lost_connection_is_made_anew() {
        let redis = Redis::new(
            server(&[
                "+OK\r\n",
                "+OK\r\n",
                "$5\r\na\r\nb!\r\n",
                "hang up",
                "+OK\r\n",
                "$-1\r\n",
            ])
            .await,
        );
        redis.set("key", "value", 60).await.unwrap();
        assert_eq!(redis.get("key").await.unwrap().as_deref(), Some("a\r\nb!"));
        assert_eq!(redis.get("key").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_wrong_password_and_a_missing_server_are_told_apart() {
        let redis = Redis::new(server(&["-WRONGPASS invalid\r\n"]).await);
        assert!(matches!(
            redis.get("key").await,
            Err(RedisError::Refused(_))
        ));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let redis =
            Redis::new(RedisSettings::parse(&format!("127.0.0.1:{port},password=pw")).unwrap());
        let error = redis.get("key").await.unwrap_err();
        assert!(matches!(error, RedisError::Connection(..)));
        assert!(!error.to_string().contains("pw"));
    }
}
