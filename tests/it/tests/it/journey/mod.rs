//! Journeys: what people do with the hotline, by the commands they would use, over real processes.
//!
//! Every test founds a school of its own ([`School`]): the key ceremony by `candor keys`, a desk for
//! each office by `candor-desk init`, relay and intake as separate processes, reporters with a home
//! of their own. Nothing is shared between tests, and nothing of a person's environment is used.

mod batches;
mod calendar;
mod clocks;
mod conversations;
mod deans_route;
mod demo;
mod desk_pages;
mod devices;
mod erased;
mod keeping;
mod keys;
mod new_code;
mod office;
mod onion;
mod people;
mod production;
mod refusals;
mod school;
mod stored;
mod title_ix;
mod traces;
mod web_client;

use self::{
    people::{Reporter, Workstation},
    school::{Plan, School},
};

const TITLE_IX: &str = "title-ix";
const DEAN: &str = "dean-for-students";
const DIRECTOR: &str = "director-of-student-affairs";
const MEDICAL_DEAN: &str = "dean-for-medical-education";
const OMBUDS: &str = "ombuds";
const OFFICES: [&str; 5] = [TITLE_IX, DEAN, DIRECTOR, MEDICAL_DEAN, OMBUDS];
