"""`langchain-openai` and `llama-index`, unmodified."""

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

EMAIL = "ada.lovelace@example.com"


def chat(redoubt, **options):
    return ChatOpenAI(model="redoubt-demo", base_url=redoubt.url + "/v1", api_key=redoubt.key, max_retries=0, **options)


def test_langchain_chat_and_stream(redoubt):
    assert EMAIL in chat(redoubt).invoke(f"Write to {EMAIL}").content
    assert EMAIL in "".join(chunk.content for chunk in chat(redoubt).stream(f"Write to {EMAIL}"))


def test_langchain_tools(redoubt):
    @tool
    def send_mail(to: str) -> str:
        """Sends a message."""
        return to

    answer = chat(redoubt).bind_tools([send_mail]).invoke(f"Use the tool send_mail to write to {EMAIL}")
    assert EMAIL in str(answer.tool_calls[0]["args"])


def test_langchain_embeddings(redoubt):
    embeddings = OpenAIEmbeddings(
        model="redoubt-demo", base_url=redoubt.url + "/v1", api_key=redoubt.key, check_embedding_ctx_length=False
    )
    assert len(embeddings.embed_query("hello")) > 8


def test_llama_index(redoubt, monkeypatch):
    # Its client knows vendors' models by name; a deployment gives its alias such a name.
    llm = OpenAI(model="gpt-4o-mini", api_base=redoubt.url + "/v1", api_key=redoubt.key, max_retries=0)
    assert EMAIL in llm.chat([ChatMessage(role="user", content=f"Write to {EMAIL}")]).message.content
    assert EMAIL in "".join(part.delta for part in llm.stream_chat([ChatMessage(role="user", content=f"Write to {EMAIL}")]))
    embedding = OpenAIEmbedding(
        model="text-embedding-3-small", api_base=redoubt.url + "/v1", api_key=redoubt.key, max_retries=0
    )
    assert len(embedding.get_text_embedding("hello")) > 8
