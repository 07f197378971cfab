//! Keeps answers on a thread of its own: a file that is made safe against a crash can take as long as a slow
//! disk wants, and no key waits for that. Only the newest answers matter; those that were overtaken while
//! others were being written are skipped. Whoever drops the keeper waits until the last are kept.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// What is to become of the answers that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keep {
    /// These are kept from now on.
    These(String),
    /// None are.
    Nothing,
}

/// The thread, once something was to be kept.
#[derive(Debug, Default)]
pub(super) struct Keeper(Option<(Sender<Keep>, JoinHandle<()>)>);

impl Keeper {
    /// Keeps this soon. `keep` does it, on the keeper's thread, and must not wait for whoever drops the keeper;
    /// the one that was given first stays.
    pub fn keep(&mut self, wanted: Keep, keep: impl Fn(Keep) + Send + 'static) {
        let (sender, _) = self.0.get_or_insert_with(|| {
            let (sender, receiver) = channel();
            let thread = std::thread::spawn(move || work(&receiver, keep));
            (sender, thread)
        });
        // The thread listens as long as there is somebody who can send.
        let _ = sender.send(wanted);
    }

    /// Waits until everything is kept.
    pub fn finish(&mut self) {
        if let Some((sender, thread)) = self.0.take() {
            drop(sender);
            // A panic of it was told by the panic itself.
            let _ = thread.join();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.finish();
    }
}

fn work(wanted: &Receiver<Keep>, keep: impl Fn(Keep)) {
    while let Ok(next) = wanted.recv() {
        keep(wanted.try_iter().last().unwrap_or(next));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    fn these(number: usize) -> Keep {
        Keep::These(number.to_string())
    }

    #[test]
    fn the_last_is_kept_when_the_keeper_goes_and_nobody_waited_before() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let mut keeper = Keeper::default();
        let (open, gate) = channel::<()>();
        let gate = Mutex::new(gate);
        let paper = Arc::clone(&kept);
        let slow = move |keep: Keep| {
            // The first one takes until the test lets it go on.
            let _ = gate.lock().unwrap().recv_timeout(Duration::from_mins(1));
            paper.lock().unwrap().push(keep);
        };
        keeper.keep(these(0), slow);
        for number in 1..=50 {
            keeper.keep(these(number), |_| panic!("the first one stays"));
        }
        assert!(kept.lock().unwrap().is_empty());
        drop(open);
        drop(keeper);
        let kept = kept.lock().unwrap();
        assert_eq!(kept.last(), Some(&these(50)));
        assert!(kept.len() <= 3, "overtaken ones are skipped: {kept:?}");
    }

    #[test]
    fn what_is_forgotten_last_is_forgotten() {
        let kept = Arc::new(Mutex::new(None));
        let mut keeper = Keeper::default();
        for wanted in [these(1), Keep::Nothing] {
            let paper = Arc::clone(&kept);
            keeper.keep(wanted, move |keep| *paper.lock().unwrap() = Some(keep));
        }
        keeper.finish();
        assert_eq!(*kept.lock().unwrap(), Some(Keep::Nothing));
    }
}
