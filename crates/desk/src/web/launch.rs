//! Single-use addresses, and the sessions that come of them.
//!
//! A launch address holds a secret although it is an address: it is good for one time and a few
//! minutes, is taken out before anything else happens, and is answered by a redirect, so that what
//! stays in the browser's history opens nothing.
//!
//! Cookies do not tell ports apart: what any other server on this workstation is asked for would
//! bring along the desk's cookie, and that server may belong to somebody else. So the cookie is
//! bound to a path that nobody can guess, under which all of the session's pages lie: the browser
//! sends it there and nowhere else, and neither cookie nor path is worth anything alone.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::{RngCore as _, rngs::OsRng};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How many launch addresses may be open at a time; the oldest goes first.
const MAX_LAUNCHES: usize = 4;
/// How many browsers may be connected at a time; the one that has been silent for longest goes
/// first.
const MAX_SESSIONS: usize = 8;

/// 32 random bytes in hexadecimal, compared in constant time and never shown by `Debug`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one.
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(bytes.as_mut_slice());
        Self(Zeroizing::new(hex::encode(bytes.as_slice())))
    }

    /// Its text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody knows it.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// One browser that is connected.
#[derive(Debug)]
pub struct Session {
    cookie: Secret,
    /// The path under which its pages lie, without a slash at its end.
    pub base: String,
    /// What its forms carry.
    pub form_token: Secret,
}

/// Launch addresses that are open, and sessions.
#[derive(Debug)]
pub struct Launches {
    cookie_name: String,
    life: Duration,
    tokens: Mutex<Vec<(Secret, Instant)>>,
    sessions: Mutex<Vec<Arc<Session>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Launches {
    /// None yet. Launch addresses will be good for `life`.
    pub fn new(life: Duration) -> Self {
        let mut name = [0; 6];
        OsRng.fill_bytes(&mut name);
        Self {
            cookie_name: format!("candor-desk-{}", hex::encode(name)),
            life,
            tokens: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    /// A new launch token.
    pub fn issue(&self) -> Secret {
        let token = Secret::random();
        let mut tokens = locked(&self.tokens);
        tokens.push((token.clone(), Instant::now() + self.life));
        if tokens.len() > MAX_LAUNCHES {
            tokens.remove(0);
        }
        token
    }

    /// Takes a token out. Gives the session that begins with it, unless it was none.
    pub fn redeem(&self, given: &str) -> Option<Arc<Session>> {
        let now = Instant::now();
        let mut tokens = locked(&self.tokens);
        tokens.retain(|(_, until)| *until > now);
        // Every token is compared, so that the time says nothing.
        let mut found = false;
        tokens.retain(|(token, _)| {
            let is = token.is(given);
            found |= is;
            !is
        });
        drop(tokens);
        found.then(|| {
            let mut base = [0; 10];
            OsRng.fill_bytes(&mut base);
            let session = Arc::new(Session {
                cookie: Secret::random(),
                base: format!("/{}", hex::encode(base)),
                form_token: Secret::random(),
            });
            let mut sessions = locked(&self.sessions);
            sessions.push(Arc::clone(&session));
            if sessions.len() > MAX_SESSIONS {
                sessions.remove(0);
            }
            session
        })
    }

    /// The session of a `Cookie` header, if it is the one whose pages lie under `base`. A page on
    /// another port of this machine may have planted cookies of the same name, so that each is
    /// tried.
    pub fn session(&self, cookies: &str, base: &str) -> Option<Arc<Session>> {
        let given = cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookie_name)
            .map(|(_, value)| value);
        let mut sessions = locked(&self.sessions);
        let mut found = None;
        for value in given {
            for (place, session) in sessions.iter().enumerate() {
                let is_cookie = session.cookie.is(value);
                let is_base = session.base.as_bytes().ct_eq(base.as_bytes());
                if is_cookie && bool::from(is_base) {
                    found = Some(place);
                }
            }
        }
        // Pages ask every few seconds, so that one that is in use stays among the last.
        let session = sessions.remove(found?);
        sessions.push(Arc::clone(&session));
        Some(session)
    }

    /// What sets a session's cookie.
    pub fn set_cookie(&self, session: &Session) -> String {
        format!(
            "{}={}; Path={}/; HttpOnly; SameSite=Strict",
            self.cookie_name,
            session.cookie.expose(),
            session.base
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_once_and_not_for_long() {
        let launches = Launches::new(Duration::from_secs(60));
        let token = launches.issue();
        assert!(launches.redeem("").is_none());
        assert!(launches.redeem(&"0".repeat(64)).is_none());
        let session = launches.redeem(token.expose()).unwrap();
        assert!(launches.redeem(token.expose()).is_none());
        let cookie = launches.set_cookie(&session);
        let pair = cookie.split(';').next().unwrap();
        let base = session.base.as_str();
        assert!(cookie.contains(&format!("; Path={base}/; ")), "{cookie}");
        assert!(launches.session(pair, base).is_some());
        let second = launches.redeem(launches.issue().expose()).unwrap();
        assert_ne!(second.base, base);
        for other in ["", "/", second.base.as_str()] {
            assert!(launches.session(pair, other).is_none(), "{other}");
        }
        // Beside cookies that others have planted.
        let name = launches.cookie_name.as_str();
        let planted = format!("a=b; {name}=x; {pair}; {name}=");
        assert!(launches.session(&planted, base).is_some());
        for wrong in ["", name, "a=b", &format!("{name}=x")] {
            assert!(launches.session(wrong, base).is_none(), "{wrong}");
        }
        // Another desk's cookie is none here.
        let other = Launches::new(Duration::from_secs(60));
        assert_ne!(other.cookie_name, name);
        assert!(other.session(pair, base).is_none());

        let late = Launches::new(Duration::ZERO);
        let token = late.issue();
        assert!(late.redeem(token.expose()).is_none());
    }

    #[test]
    fn launching_again_does_not_end_a_session_that_is_in_use() {
        let launches = Launches::new(Duration::from_secs(60));
        let launch = || {
            let session = launches.redeem(launches.issue().expose()).unwrap();
            let cookie = launches.set_cookie(&session);
            (cookie.split(';').next().unwrap().to_owned(), session)
        };
        let is_there = |(cookie, session): &(String, Arc<Session>)| {
            launches.session(cookie, &session.base).is_some()
        };
        let (used, left) = (launch(), launch());
        for _ in 0..3 * MAX_SESSIONS {
            assert!(is_there(&launch()));
            assert!(is_there(&used));
        }
        assert!(!is_there(&left));
        // However many cookies of the same name others have planted.
        let name = launches.cookie_name.as_str();
        let planted = format!("{}{}", format!("{name}=x; ").repeat(40), used.0);
        assert!(launches.session(&planted, &used.1.base).is_some());
    }

    #[test]
    fn old_ones_make_room() {
        let launches = Launches::new(Duration::from_secs(60));
        let tokens: Vec<_> = (0..=MAX_LAUNCHES).map(|_| launches.issue()).collect();
        assert!(launches.redeem(tokens[0].expose()).is_none());
        assert!(launches.redeem(tokens[1].expose()).is_some());
        assert!(!format!("{tokens:?}").contains(tokens[2].expose()));
    }
}
