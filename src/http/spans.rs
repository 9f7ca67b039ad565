//! One span for each call, and one for each request to its FHIR server, sent to a collector by OTLP over HTTP where the
//! settings name one. Sending happens on threads of its own and never delays a call; the log says what the collector does
//! not accept.

/// The requests to a FHIR server.
mod reads;

use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use fhir_client::guarded_client;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use tokio::runtime::{Builder, Handle};

pub use self::reads::Reads;

use self::reads::FinishedRead;
use super::metrics::Phases;
use super::trace::{Origin, random};

/// How long the collector may take for a batch, and how long it is waited for at the end.
const WAIT: Duration = Duration::from_secs(5);

/// How many spans may wait to be sent: a call that has all of its record read brings some thirty.
const WAITING: usize = 16_384;

/// Sends spans to a collector.
pub struct Spans {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
}

/// A call that was answered.
#[derive(Debug)]
pub struct Call<'a> {
    /// Its place in the trace.
    pub origin: &'a Origin,
    /// Id of the service, where there is one.
    pub service: Option<&'a str>,
    /// Name of the client, when the call was authenticated.
    pub client: Option<&'a str>,
    /// The status of the answer.
    pub status: u16,
    /// When it came.
    pub begun: Instant,
    /// When it was answered.
    pub ended: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// How long each phase of it took, where it was decided.
    pub phases: Option<Phases>,
    /// The requests to its FHIR server.
    pub reads: &'a [FinishedRead],
}

impl Spans {
    /// What sends spans to the collector at this URL.
    ///
    /// # Errors
    ///
    /// Why nothing can be sent: the URL, the HTTP client or the thread.
    pub fn open(url: &str) -> Result<Spans, String> {
        let failed = |error: &dyn fmt::Display| format!("trace.otlp: {error}");
        // The batches come from a thread that has no runtime, and HTTP needs one.
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new().name("spans".to_owned());
        thread.spawn(move || runtime.block_on(std::future::pending::<()>())).map_err(|error| failed(&error))?;
        let http = guarded_client(true).timeout(WAIT).build().map_err(|error| failed(&error))?;
        let exporter = SpanExporter::builder().with_http().with_http_client(Collector { http, handle });
        let exporter = exporter.with_endpoint(url).with_timeout(WAIT).build().map_err(|error| failed(&error))?;
        let mut processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(BatchConfigBuilder::default().with_max_queue_size(WAITING).build())
            .build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty().with_service_name("tocilizumab-cds").with_attribute(version).build();
        processor.set_resource(&resource);
        Ok(Spans { processor, scope: InstrumentationScope::builder("tocilizumab-cds").build() })
    }

    /// Sends the spans of a call at some time. A call that its sender does not record is left out.
    pub fn call(&self, call: &Call<'_>) {
        let Call { origin, service, client, status, begun, ended, took, phases, reads } = call;
        let Some((trace, parent, span)) = origin.span() else { return };
        let id = |text: &str| SpanId::from_hex(text).unwrap_or(SpanId::INVALID);
        let trace = TraceId::from_hex(trace).unwrap_or(TraceId::INVALID);
        let start_time = ended.checked_sub(*took).unwrap_or(*ended);
        for read in *reads {
            let sent = later(start_time, read.sent.saturating_duration_since(*begun));
            self.processor.on_end(self.of_read(read, trace, id(span), sent));
        }
        let context = SpanContext::new(trace, id(span), TraceFlags::SAMPLED, false, TraceState::NONE);
        let text = |name: &'static str, value: Option<&str>| value.map(|value| KeyValue::new(name, value.to_owned()));
        let mut attributes = vec![
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("http.route", "/cds-services/{id}"),
            KeyValue::new("http.response.status_code", i64::from(*status)),
        ];
        attributes.extend(text("cds.service", *service).into_iter().chain(text("cds.client", *client)));
        let seconds = phases.iter().flat_map(Phases::each);
        attributes.extend(seconds.map(|(name, took)| KeyValue::new(format!("cds.{name}.seconds"), took.as_secs_f64())));
        self.processor.on_end(SpanData {
            span_context: context,
            parent_span_id: parent.map_or(SpanId::INVALID, id),
            parent_span_is_remote: parent.is_some(),
            span_kind: SpanKind::Server,
            name: "POST /cds-services/{id}".into(),
            start_time,
            end_time: *ended,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if *status >= 500 { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.scope.clone(),
        });
    }

    /// The span of a request to the FHIR server, below that of its call.
    fn of_read(&self, read: &FinishedRead, trace: TraceId, call: SpanId, start_time: SystemTime) -> SpanData {
        let span = SpanId::from_bytes(random());
        let result = read.failure.clone().unwrap_or_else(|| "ok".to_owned());
        SpanData {
            span_context: SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: call,
            parent_span_is_remote: false,
            span_kind: SpanKind::Client,
            name: format!("FHIR {}", read.resource).into(),
            start_time,
            end_time: later(start_time, read.took),
            attributes: vec![
                KeyValue::new("fhir.server", read.server.clone()),
                KeyValue::new("fhir.query", read.query.clone()),
                KeyValue::new("fhir.result", result),
            ],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if read.failure.is_some() { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.scope.clone(),
        }
    }

    /// Sends what is left.
    pub fn close(&self) {
        if let Err(error) = self.processor.shutdown_with_timeout(WAIT) {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}

/// A moment so much later.
fn later(moment: SystemTime, by: Duration) -> SystemTime {
    moment.checked_add(by).unwrap_or(moment)
}

impl Debug for Spans {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Spans")
    }
}

/// The collector, asked by the HTTP client that the rest of the program has.
#[derive(Debug)]
struct Collector {
    http: reqwest::Client,
    handle: Handle,
}

impl HttpClient for Collector {
    // Written as the attribute of the trait writes it, which would be one more library for one function.
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        let http = self.http.clone();
        let sent = self.handle.spawn(async move {
            let response = http.execute(request.try_into()?).await?;
            let status = response.status();
            let mut whole = Response::new(response.bytes().await?);
            *whole.status_mut() = status;
            Ok::<Response<Bytes>, reqwest::Error>(whole)
        });
        Box::pin(async move {
            let answer = sent.await?;
            match &answer {
                Ok(answer) if answer.status().is_success() => {}
                Ok(answer) => {
                    tracing::warn!(status = answer.status().as_u16(), "the collector of traces refuses spans");
                }
                Err(error) => {
                    let kind = if error.is_timeout() { "timed-out" } else { "unreachable" };
                    tracing::warn!(kind, "the collector of traces cannot be reached");
                }
            }
            Ok(answer?)
        })
    }
}
