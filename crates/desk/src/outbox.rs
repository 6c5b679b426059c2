//! Sending replies: into the reporter's drops, then as copies into the offices' queues.
//!
//! Every step is recorded before it is taken and after it has succeeded. The relay takes the same
//! bytes again, so that a desk that was killed at any point goes on where it was, and nothing is
//! lost or sent twice. Only a part that was sealed for somebody who has been left out since, or
//! for a drop that another office was faster to fill, is sealed afresh.

use std::{collections::BTreeSet, fs, path::PathBuf};

use candor_sealing::{
    ConversationKey,
    block::Block,
    message::{ReplyContent, ReplyKind, Source},
    open::{Opened, parse},
    reply::Writer,
};
use candor_wire::{
    Address, ConversationId, Envelope, EnvelopeError, OfficeId, ProblemType, Urgency,
    sizes::CELL_LEN,
};
use rand::{RngCore as _, rngs::OsRng};

use crate::{
    audience::{Audience, Voice},
    case::Case,
    casework,
    desk::Desk,
    failure::{Failure, Outcome, Reason},
    home, informal,
    keys::to_json,
    record::{Entry, Queued, Record, ReplyId, join_two},
    relay::{Placed, RelayClient},
    state::{OutPart, OutReply},
};

/// How many drops may turn out to be taken before the desk thinks that something is wrong.
const MAX_TRIES: usize = 256;

/// A sealed cell of an attachment.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Where it will lie.
    pub address: Address,
    /// Its bytes, sealed and of full length.
    pub bytes: Vec<u8>,
}

/// What sending did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Replies that the reporter can read now.
    pub messages: usize,
    /// Acknowledgements that the reporter can read now.
    pub acknowledgements: usize,
    /// Acknowledgements that were not needed: another office had answered.
    pub spared: usize,
    /// Replies that could not be sent, with why.
    pub refused: Vec<(ReplyId, String)>,
    /// Replies that wait because the relay cannot be believed, with why. Those of other cases went
    /// out all the same.
    pub stuck: Vec<(ReplyId, String)>,
}

fn cell_path(desk: &Desk, address: &Address) -> PathBuf {
    desk.home.join("outbox").join(format!("{address}.cell"))
}

/// Who a reply to this case would reach.
///
/// # Errors
/// If this office may not write.
pub fn audience_of(desk: &Desk, case: &Case) -> Outcome<Audience> {
    audience_for(desk, case, Voice::OnCase)
}

fn audience_for(desk: &Desk, case: &Case, voice: Voice) -> Outcome<Audience> {
    let (_, card) = desk.current_keys()?;
    let own_card = desk.verified_card(&card)?;
    let work = casework::work_of(desk, case);
    let (published, today) = (desk.published()?, desk.clock.today());
    Audience::of(case, &work.participants, voice, &own_card, published, today)
}

const fn voice_of(queued: &Queued) -> Voice {
    if queued.farewell {
        Voice::Farewell
    } else {
        Voice::OnCase
    }
}

/// Puts a reply into the outbox.
///
/// # Errors
/// If this office may not write, or the text is too long.
pub fn queue(
    desk: &mut Desk,
    conversation: &ConversationId,
    content: &ReplyContent,
    cells: &[Cell],
) -> Outcome<ReplyId> {
    let entry = entry_of(desk, conversation, content, cells, Voice::OnCase)?;
    desk.with_outbox(|desk| {
        for cell in cells {
            desk.go_on()?;
            keep_cell(desk, cell)?;
        }
        desk.go_on()?;
        desk.record_one(entry.1)
    })?;
    Ok(entry.0)
}

/// The record by which a reply is in the outbox.
pub(crate) fn entry_of(
    desk: &Desk,
    conversation: &ConversationId,
    content: &ReplyContent,
    cells: &[Cell],
    voice: Voice,
) -> Outcome<(ReplyId, Entry)> {
    if !cells.is_empty() {
        // Their pieces would wait in files that this office's keys open.
        informal::refuse(desk, "send files")?;
    }
    let case = known_case(desk, conversation)?;
    let audience = audience_for(desk, case, voice)?;
    let draft = with_writer(desk, case, &audience, |writer| {
        writer
            .draft(content, &mut OsRng)
            .map_err(|error| Failure::refused(format!("{error}."), "Shorten it, or attach it."))
    })?;
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let reply = hex::encode(id);
    let record = Record::Queued(Queued {
        reply: reply.clone(),
        conversation: *conversation,
        kind: content.reply,
        day: desk.clock.today(),
        cells: cells.iter().map(|cell| cell.address).collect(),
        farewell: voice == Voice::Farewell,
    });
    let draft = draft.encode().map_err(Failure::internal)?;
    let bytes = join_two(&to_json(content)?, &draft);
    Ok((reply, Entry::secret(record, bytes)))
}

/// Cells are ciphertext; they wait in files, since a case file is no place for megabytes.
fn keep_cell(desk: &Desk, cell: &Cell) -> Outcome {
    let path = cell_path(desk, &cell.address);
    home::create_private_folder(&desk.home.join("outbox"))
        .and_then(|()| home::replace_file(&path, &cell.bytes))
        .map_err(|error| Failure::file("Cannot write", &path, &error))
}

fn known_case<'a>(desk: &'a Desk, conversation: &ConversationId) -> Outcome<&'a Case> {
    let case = desk.state.cases.get(conversation).map(AsRef::as_ref);
    case.ok_or_else(|| Failure::internal("A reply belongs to no known case."))
}

fn with_writer<T>(
    desk: &Desk,
    case: &Case,
    audience: &Audience,
    act: impl FnOnce(&Writer<'_>) -> Outcome<T>,
) -> Outcome<T> {
    let (keys, card) = desk.current_keys()?;
    let (generation, _) = newest(case)?;
    let reply_recipient = case
        .reply_recipient
        .parse()
        .map_err(|_| Failure::internal("A report named an unusable reply key."))?;
    act(&Writer {
        instance: &desk.secrets.keyring.instance,
        office: &desk.secrets.keyring.office,
        reply_key: &keys.reply_key,
        card: &card,
        conversation: &case.conversation,
        generation,
        reply_recipient: &reply_recipient,
        offices: audience.recipients(),
    })
}

fn newest(case: &Case) -> Outcome<(u32, ConversationKey)> {
    case.generation()
        .map(|(generation, key)| (generation, ConversationKey::from_bytes(*key.expose())))
        .ok_or_else(|| Failure::internal("A case has no conversation key."))
}

/// Sends everything that waits, oldest first. While the directory has expired nothing may be sealed,
/// so that everything goes on waiting.
///
/// # Errors
/// If the relay cannot be reached or the disk fails. A reply that may not be sent is given up and
/// told in [`Sent::refused`]; one that cannot be placed, since what the relay says cannot be, waits in
/// [`Sent::stuck`].
pub fn send_all(desk: &mut Desk, relay: &RelayClient) -> Outcome<Sent> {
    let mut sent = Sent::default();
    let mut waiting: Vec<(u64, ReplyId)> = desk
        .state
        .outbox
        .values()
        .map(|out| (out.order, out.queued.reply.clone()))
        .collect();
    waiting.sort();
    let mut stuck: BTreeSet<ConversationId> = BTreeSet::new();
    for (_, reply) in waiting {
        let conversation = out(desk, &reply)?.queued.conversation;
        // They would overtake what was written before.
        if stuck.contains(&conversation) {
            continue;
        }
        if is_held_up(desk)? {
            break;
        }
        match send(desk, relay, &reply) {
            Ok(Done::Sent(ReplyKind::Message)) => sent.messages += 1,
            Ok(Done::Sent(ReplyKind::Acknowledgement)) => sent.acknowledgements += 1,
            Ok(Done::Spared) => sent.spared += 1,
            // It has expired just now, at midnight.
            Err(_) if is_held_up(desk)? => break,
            Err(failure) if failure.reason() == Reason::Refused => {
                let why = failure.cause().to_owned();
                give_up(desk, &reply, &why)?;
                sent.refused.push((reply, why));
            }
            Err(failure) if failure.reason() == Reason::Trust => {
                let label = desk.state.label(&conversation);
                let why = format!("Case {label}: {} {}", failure.cause(), failure.remedy());
                sent.stuck.push((reply, why));
                stuck.insert(conversation);
            }
            Err(failure) => return Err(failure),
        }
    }
    desk.with_outbox(|desk| {
        sweep_cells(desk);
        Ok(())
    })?;
    Ok(sent)
}

/// Whether replies wait until the administrator has renewed the directory.
///
/// # Errors
/// If it was never fetched.
pub fn is_held_up(desk: &Desk) -> Outcome<bool> {
    Ok(!desk.state.outbox.is_empty() && desk.published()?.is_expired(desk.clock.today()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Sent(ReplyKind),
    Spared,
}

fn out<'a>(desk: &'a Desk, reply: &ReplyId) -> Outcome<&'a OutReply> {
    let out = desk.state.outbox.get(reply).map(AsRef::as_ref);
    out.ok_or_else(|| Failure::internal("A reply has left the outbox while it was sent."))
}

fn give_up(desk: &mut Desk, reply: &ReplyId, why: &str) -> Outcome {
    let conversation = out(desk, reply)?.queued.conversation;
    desk.record_one(Entry::bare(Record::GivenUp {
        conversation,
        reply: reply.clone(),
        why: why.to_owned(),
    }))
}

fn send(desk: &mut Desk, relay: &RelayClient, reply: &ReplyId) -> Outcome<Done> {
    let (kind, parts) = {
        let out = out(desk, reply)?;
        (out.queued.kind, out.draft.parts())
    };
    send_cells(desk, relay, reply)?;
    for index in 0..u16::try_from(parts).unwrap_or(u16::MAX) {
        if place(desk, relay, reply, index)? == Done::Spared {
            return Ok(Done::Spared);
        }
        copy(desk, relay, reply, index)?;
    }
    Ok(Done::Sent(kind))
}

/// The relay forgets cells that no envelope names after a day, so they go just before.
fn send_cells(desk: &Desk, relay: &RelayClient, reply: &ReplyId) -> Outcome {
    let out = out(desk, reply)?;
    if out.parts.get(&0).is_some_and(|part| part.copied) {
        return Ok(());
    }
    for address in &out.queued.cells {
        let path = cell_path(desk, address);
        let cell = home::read_file("Cannot read", &path, CELL_LEN)?;
        relay.put_cell(address, cell)?;
    }
    Ok(())
}

/// Brings a part into a drop.
fn place(desk: &mut Desk, relay: &RelayClient, reply: &ReplyId, index: u16) -> Outcome<Done> {
    for _ in 0..MAX_TRIES {
        let out = out(desk, reply)?;
        let (conversation, kind) = (out.queued.conversation, out.queued.kind);
        let case = known_case(desk, &conversation)?;
        let (generation, key) = newest(case)?;
        // A message whose parts lie in two generations could not be put together: if the reporter
        // has moved on since the first of them was placed, all of it is placed anew.
        let is_done =
            |part: &OutPart| part.placed && (part.generation == generation || out.is_placed());
        if out.parts.get(&index).is_some_and(is_done) {
            return Ok(Done::Sent(kind));
        }
        let audience = audience_for(desk, case, voice_of(&out.queued))?;
        let Some((n, sealed)) = still_good(out, index, case, generation, &audience) else {
            let (n, previous) = case.next_drop(generation);
            if kind == ReplyKind::Acknowledgement && (n > 1 || case.has_any_reply()) {
                give_up(desk, reply, "another office had answered")?;
                return Ok(Done::Spared);
            }
            let entry = with_writer(desk, case, &audience, |writer| {
                let (block, sealed) = writer
                    .seal(&out.draft, index, n, previous)
                    .map_err(|error| Failure::refused(format!("{error}."), "Write it anew."))?;
                let record = Record::Sealed {
                    conversation,
                    reply: reply.clone(),
                    index,
                    generation,
                    n,
                };
                let bytes = join_two(&block.to_compact(), &sealed);
                Ok(Entry::secret(record, bytes))
            })?;
            desk.record_one(entry)?;
            continue;
        };
        let address = key.drop(n).drop_address();
        let record = match relay.put_drop(&address, &sealed)? {
            Placed::There => Record::Placed {
                conversation,
                reply: reply.clone(),
                index,
                day: desk.clock.today(),
            },
            Placed::Occupied(digest) => Record::Occupied {
                conversation,
                generation,
                n,
                digest,
            },
            Placed::Gone => Record::Occupied {
                conversation,
                generation,
                n,
                digest: None,
            },
        };
        desk.record_one(Entry::bare(record))?;
    }
    Err(Failure::trust(
        "The relay says of hundreds of drops in a row that they are taken.",
        "That should not be. Tell the relay's operator; nothing is lost.",
    ))
}

/// The number and bytes of a part that was sealed before, if it may still go out as it is.
fn still_good(
    out: &OutReply,
    index: u16,
    case: &Case,
    generation: u32,
    audience: &Audience,
) -> Option<(u32, Vec<u8>)> {
    let part = out.parts.get(&index)?;
    let place = (part.generation, part.n);
    let free = !case.is_surely_taken(place);
    let recipients = sealed_to(&part.block)?;
    (part.generation == generation && free && audience.includes_all(&recipients))
        .then(|| (part.n, part.sealed.clone()))
}

/// The offices that a block names as its recipients.
fn sealed_to(compact: &[u8]) -> Option<Vec<OfficeId>> {
    match parse(Block::from_compact(compact).ok()?).ok()? {
        Opened::Reply(reply) => Some(reply.header.recipients),
        _ => None,
    }
}

/// Files a copy of a placed part for the offices it is sealed to, less those left out since.
fn copy(desk: &mut Desk, relay: &RelayClient, reply: &ReplyId, index: u16) -> Outcome {
    let Some(out) = desk.state.outbox.get(reply) else {
        return Ok(());
    };
    let Some(part) = out.parts.get(&index).filter(|part| !part.copied) else {
        return Ok(());
    };
    let conversation = out.queued.conversation;
    let case = known_case(desk, &conversation)?;
    let audience = audience_for(desk, case, voice_of(&out.queued))?;
    let sealed_to = sealed_to(&part.block).unwrap_or_default();
    let offices: Vec<OfficeId> = audience
        .offices()
        .filter(|office| sealed_to.contains(office))
        .cloned()
        .collect();
    let cells = if index == 0 {
        out.queued.cells.clone()
    } else {
        Vec::new()
    };
    let copied = Entry::bare(Record::Copied {
        conversation,
        reply: reply.clone(),
        index,
    });
    // The last word of an office that leaves, and the others have no key card that can be used.
    if offices.is_empty() {
        return desk.record_one(copied);
    }
    let envelope = Envelope::new(Urgency::Batched, offices, cells, part.sealed.clone())
        .map_err(|error: EnvelopeError| Failure::internal(error))?;
    match relay.file(&envelope) {
        Ok(()) => {}
        Err(error) if error.kind() == Some(ProblemType::MissingCells) => {
            send_cells(desk, relay, reply)?;
            relay
                .file(&envelope)
                .map_err(|error| relay.explain(&error))?;
        }
        Err(error) => return Err(relay.explain(&error)),
    }
    desk.record_one(copied)
}

/// Deletes cells that no reply in the outbox names any more.
pub(crate) fn sweep_cells(desk: &mut Desk) {
    // Another view may have queued a reply with files since.
    desk.refresh();
    let needed: Vec<PathBuf> = desk
        .state
        .outbox
        .values()
        .flat_map(|out| &out.queued.cells)
        .map(|address| cell_path(desk, address))
        .collect();
    let Ok(entries) = fs::read_dir(desk.home.join("outbox")) else {
        return;
    };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if !needed.contains(&path) {
            // Ciphertext that nobody needs; if it stays, the next sweep tries again.
            let _ = fs::remove_file(path);
        }
    }
}

/// Queues an acknowledgement for every report that is here in full and has no answer yet, as far
/// as this desk knows. Gives how many.
///
/// # Errors
/// If the case file cannot be written.
pub fn queue_acknowledgements(desk: &mut Desk) -> Outcome<usize> {
    let due: Vec<ConversationId> = desk
        .state
        .cases
        .values()
        .filter(|case| !case.has_any_reply())
        // Nobody could read that an imported report was received.
        .filter(|case| {
            case.report()
                .is_some_and(|report| report.source != Source::Import)
        })
        .filter(|case| desk.state.outbox_of(&case.conversation).next().is_none())
        .filter(|case| !desk.state.spared.contains(&case.conversation))
        .map(|case| case.conversation)
        .collect();
    let mut queued = 0;
    for conversation in due {
        match queue(desk, &conversation, &acknowledgement(), &[]) {
            Ok(_) => queued += 1,
            // This office was left out, or the directory has expired: then it stays silent.
            Err(failure) if failure.reason() == Reason::Refused => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(queued)
}

/// What an acknowledgement says.
#[must_use]
pub fn acknowledgement() -> ReplyContent {
    ReplyContent::new(ReplyKind::Acknowledgement)
}
