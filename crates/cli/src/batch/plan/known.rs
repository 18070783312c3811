//! What of an input a batch has already.

use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use oxhost::Client;
use oxhost_journal::{Batch, BatchRow, Standing};

use crate::error::CliError;
use crate::output::Output;
use crate::printable::one_line;

/// The journal is asked of so many rows at once, and no more of them are in memory.
const CHUNK: usize = 500;

/// Rows, each with how it stands to the batch. Without a batch, all are new.
pub(super) fn known<'a>(
    rows: impl Iterator<Item = Result<BatchRow, CliError>> + 'a,
    batch: Option<&'a Batch>,
    client: &'a Client,
) -> impl Stream<Item = Result<(BatchRow, Standing), CliError>> + 'a {
    let chunks = stream::try_unfold(rows, move |mut rows| async move {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
        if chunk.is_empty() {
            return Ok(None);
        }
        let standings = match batch {
            Some(batch) => batch.compare(client, &chunk).await?,
            None => vec![Standing::New; chunk.len()],
        };
        let known = chunk.into_iter().zip(standings).map(Ok);
        Ok::<_, CliError>(Some((stream::iter(known), rows)))
    });
    chunks.try_flatten()
}

/// Refuses rows that the batch would refuse, before anything is read for the others.
pub(super) async fn verify(
    rows: impl Iterator<Item = Result<BatchRow, CliError>>,
    batch: &Batch,
    client: &Client,
    output: Output,
) -> Result<(), CliError> {
    let mut known = std::pin::pin!(known(rows, Some(batch), client));
    let mut others = 0;
    while let Some(row) = known.next().await {
        let (row, standing) = row?;
        if standing == Standing::OtherOrder {
            others += 1;
            output.note(&format!(
                "error: line {}: the reference `{}` stands for another order in the batch `{}`: use another reference, or another batch",
                row.line,
                one_line(&row.reference),
                one_line(batch.name())
            ));
        }
    }
    match others {
        0 => Ok(()),
        1 => Err(CliError::Usage(
            "nothing was sent: the batch has another order for a row".to_owned(),
        )),
        some => Err(CliError::Usage(format!(
            "nothing was sent: the batch has other orders for {some} rows"
        ))),
    }
}
