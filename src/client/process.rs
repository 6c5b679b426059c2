//! Running a command to its exit code.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use super::{
    bidi,
    failure::{Exit, Failure},
    screen::{NoLine, Screen},
    words,
};

/// What `--help` ends with: examples, then the exit codes.
macro_rules! after_help {
    ($examples:literal) => {
        concat!(
            "Examples:\n",
            $examples,
            "
Where to find the hotline may stand in CANDOR_INTAKE and CANDOR_PIN instead.

Exit codes:
  0  done
  1  a fault of this program or of this computer
  2  wrong arguments or input
  3  the hotline's server cannot be reached or cannot answer now
  4  what the server served is not to be trusted
  5  there is no report under this claim code (any more)
  6  the hotline does not take this, or nobody could read it
  7  stopped by you"
        )
    };
}
pub(crate) use after_help;

/// Runs a command and shows its failure.
pub fn run(command: impl Future<Output = Result<(), Failure>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => {
            let outcome = runtime.block_on(command);
            // A thread may still wait for a line that nobody needs any more.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::machine(&*words::INTERNAL, error.to_string())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Screen::new().line(&format!("\n{failure}"));
            failure.code()
        }
    }
}

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bidi::without_marks(text).as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::new(Exit::Internal, error.to_string()))
}

/// Carries out a step that takes a while; Ctrl-C asks whether to break it off.
pub async fn unless_stopped<T>(
    screen: &mut Screen,
    question: &str,
    step: impl Future<Output = T>,
) -> Result<T, NoLine> {
    let mut step = std::pin::pin!(step);
    loop {
        tokio::select! {
            biased;
            done = &mut step => return Ok(done),
            _ = tokio::signal::ctrl_c() => {
                screen.line("");
                // The step goes on while the question stands, and its end answers it.
                tokio::select! {
                    biased;
                    done = &mut step => return Ok(done),
                    answer = screen.yes(question) => match answer {
                        Ok(true) | Err(NoLine::Interrupted) => return Err(NoLine::Interrupted),
                        Ok(false) | Err(NoLine::Ended) => {}
                    },
                }
            }
        }
    }
}

/// The time, once for a command: the library takes it as an argument.
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// Lets a line that only passes be seen before a long computation.
pub async fn breathe() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// A line for what happened in passing.
pub fn progress_line(progress: candor_reporter::Progress) -> String {
    match progress {
        candor_reporter::Progress::File { index, done, of } => {
            words::SENDING_FILE.with(&[("index", &(index + 1)), ("done", &done), ("of", &of)])
        }
        candor_reporter::Progress::Message { done, of } => {
            words::SENDING_MESSAGE.with(&[("done", &done), ("of", &of)])
        }
    }
}
