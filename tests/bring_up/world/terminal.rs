//! The program in a terminal, as a person sees it.

use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::DEADLINE;

/// Rows and columns: enough that nothing scrolls away while a test looks.
const SIZE: (NonZero<u16>, NonZero<u16>) = (NonZero::new(120).unwrap(), NonZero::new(160).unwrap());

/// A terminal with the program in it.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Runs the command in a new terminal.
    pub fn open(command: &Command) -> Self {
        let (rows, cols) = SIZE;
        let size = PtySize {
            rows: rows.get(),
            cols: cols.get(),
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        builder.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            builder.env(name, value.unwrap_or_default());
        }
        builder.cwd(command.get_current_dir().unwrap());
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Self {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            bytes,
            screen: vt100::Parser::new(rows, cols, 0),
            _master: pair.master,
        }
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen shows a text.
    pub fn shows(&mut self, text: &str) {
        while !self.screen().contains(text) {
            match self.bytes.recv_timeout(DEADLINE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(error) => panic!("{text:?} does not appear ({error}):\n{}", self.screen()),
            }
        }
    }

    /// Types a text and the return key.
    pub fn answers(&mut self, text: &str) {
        write!(self.keyboard, "{text}\r").unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Waits for the end and gives the exit code; the last screen stays to be read.
    pub fn ends(&mut self) -> u32 {
        loop {
            match self.bytes.recv_timeout(DEADLINE) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("no end:\n{}", self.screen()),
            }
        }
        self.child.wait().unwrap().exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
