//! What was read from a database stays known for a while, so that a change made meanwhile shows late: as in the real API.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Values by key, each for the same length of time after it was put in.
#[derive(Debug)]
pub struct Cache<K, V> {
    lifetime: Duration,
    entries: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// An empty cache. A lifetime of zero keeps nothing.
    pub fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            entries: Mutex::default(),
        }
    }

    /// What is known.
    pub fn get(&self, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries
            .get(key)
            .filter(|(since, _)| since.elapsed() < self.lifetime)
            .map(|(_, value)| value.clone())
    }

    /// Keeps a value, and forgets the ones that are too old.
    pub fn put(&self, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, (since, _)| since.elapsed() < self.lifetime);
        entries.insert(key, (Instant::now(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_for_its_lifetime() {
        let long = Cache::new(Duration::from_hours(1));
        long.put("key", 1);
        assert_eq!(long.get(&"key"), Some(1));
        assert_eq!(long.get(&"other"), None);
        let none = Cache::new(Duration::ZERO);
        none.put("key", 1);
        assert_eq!(none.get(&"key"), None);
    }
}
