//! The surfaces on trial, each with what its upstream speaks.

/// A shape of requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Shape {
    Chat,
    Completions,
    Responses,
    Embeddings,
    Moderations,
    Messages,
    CountTokens,
}

impl Shape {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 7] = [
        Self::Chat,
        Self::Completions,
        Self::Responses,
        Self::Embeddings,
        Self::Moderations,
        Self::Messages,
        Self::CountTokens,
    ];

    /// The path under which it is served, and asked for upstream.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
            Self::Moderations => "/v1/moderations",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
        }
    }

    pub(crate) const fn streams(self) -> bool {
        matches!(self, Self::Chat | Self::Completions | Self::Responses | Self::Messages)
    }

    pub(crate) const fn is_anthropic(self) -> bool {
        matches!(self, Self::Messages | Self::CountTokens)
    }
}

/// One row of the matrix: what the caller asks, and what its upstream speaks.
#[derive(Debug)]
pub(crate) struct Surface {
    pub(crate) name: &'static str,
    pub(crate) asked: Shape,
    pub(crate) spoken: Shape,
    /// The provider of the trial's configuration that speaks it; empty where no upstream is asked.
    pub(crate) provider: &'static str,
}

impl Surface {
    pub(crate) fn is_translated(&self) -> bool {
        self.asked != self.spoken
    }

    /// Whether any upstream is asked.
    pub(crate) fn is_asked_upstream(&self) -> bool {
        !self.provider.is_empty()
    }
}

const fn surface(name: &'static str, asked: Shape, spoken: Shape, provider: &'static str) -> Surface {
    Surface { name, asked, spoken, provider }
}

pub(crate) static SURFACES: &[Surface] = &[
    surface("chat/completions", Shape::Chat, Shape::Chat, "native"),
    surface("completions", Shape::Completions, Shape::Completions, "native"),
    surface("responses", Shape::Responses, Shape::Responses, "native"),
    surface("embeddings", Shape::Embeddings, Shape::Embeddings, "native"),
    surface("moderations", Shape::Moderations, Shape::Moderations, ""),
    surface("messages", Shape::Messages, Shape::Messages, "native"),
    surface("messages/count_tokens", Shape::CountTokens, Shape::CountTokens, "native"),
    surface("chat/completions over messages", Shape::Chat, Shape::Messages, "messages"),
    surface("completions over chat", Shape::Completions, Shape::Chat, "chat"),
    surface("responses over chat", Shape::Responses, Shape::Chat, "chat"),
    surface("messages over chat", Shape::Messages, Shape::Chat, "chat"),
];
