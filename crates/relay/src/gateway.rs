//! One exchange from the inside: what was asked, and the sealed answer.
//!
//! Invariant: once a request has been decapsulated, every outcome is an encapsulated answer of the
//! length of its class; whoever carries it cannot tell them apart.

use candor_wire::{
    Problem, ProblemType,
    exchange::{Answer, Class, Operation, OperationError},
    inner::{self, InnerError},
};
use ohttp::ServerResponse;

/// A decapsulated request, with what seals the answer to it.
pub struct Exchange {
    class: Class,
    request: Vec<u8>,
    sealer: ServerResponse,
    fresh: bool,
}

impl Exchange {
    pub(crate) const fn new(
        class: Class,
        request: Vec<u8>,
        sealer: ServerResponse,
        fresh: bool,
    ) -> Self {
        Self {
            class,
            request,
            sealer,
            fresh,
        }
    }

    /// What is asked.
    ///
    /// # Errors
    /// What to answer instead: `replayed`, `malformed`, `not-found` or `wrong-class`.
    pub fn operation(&self) -> Result<Operation, Box<Problem>> {
        if !self.fresh {
            return Err(refused(ProblemType::Replayed));
        }
        let operation = inner::decode_request(&self.request, self.class).map_err(refusal)?;
        if operation.class() == self.class {
            Ok(operation)
        } else {
            Err(refused(ProblemType::WrongClass))
        }
    }

    /// Seals the answer; its length follows from the class alone.
    ///
    /// # Errors
    /// If the library cannot encrypt, which it can.
    pub fn seal(self, answer: &Answer) -> Result<Vec<u8>, ohttp::Error> {
        let padded = inner::encode_answer(answer, self.class).or_else(|_| {
            // Only something stored under other limits could be too long.
            inner::encode_answer(&ProblemType::Internal.into(), self.class)
        });
        self.sealer
            .encapsulate(&padded.map_err(|_| ohttp::Error::Internal)?)
    }
}

fn refused(kind: ProblemType) -> Box<Problem> {
    Box::new(kind.into())
}

fn refusal(error: InnerError) -> Box<Problem> {
    let malformed = |detail: &str| Problem::new(ProblemType::Malformed).with_detail(detail);
    match error {
        InnerError::Operation(OperationError::Unknown) => refused(ProblemType::NotFound),
        InnerError::Operation(OperationError::Envelope(error)) => {
            Box::new(malformed(&error.to_string()))
        }
        InnerError::Padding => Box::new(malformed("The padding is not zero.")),
        _ => refused(ProblemType::Malformed),
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}
