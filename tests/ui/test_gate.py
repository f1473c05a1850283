"""What reaches Streamlit's own routes: messages our pages send, uploads of those who may."""

import contextlib

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from clusters.settings import get_settings
from clusters.ui.gate import Gate

UPLOAD = "/_stcore/upload_file/session/file"
STREAM = "ws://127.0.0.1:8501/_stcore/stream"  # the client knows no base for sockets


@pytest.fixture
def heard():
    return []


@pytest.fixture
def app(heard):
    async def stream(socket):
        await socket.accept()
        with contextlib.suppress(Exception):
            while True:
                heard.append(await socket.receive_bytes())
                await socket.send_bytes(b"heard")

    def words(_request):
        return PlainTextResponse("reached")

    routes = [
        WebSocketRoute("/_stcore/stream", stream),
        Route("/_stcore/upload_file/{session}/{file}", words, methods=["PUT", "DELETE"]),
        Route("/_stcore/metrics", words),
        Route("/_stcore/agent/{what}", words, methods=["GET", "POST"]),
        Route("/_stcore/health", words),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Gate)])


def visitor(app, host="127.0.0.1:8501", **options):
    return TestClient(app, base_url=f"http://{host}", **options)


def message(**fields):
    return BackMsg(**fields).SerializeToString()


def operation(**fields):
    said = BackMsg()
    said.backend_operation_request.request_id = "1"
    for name in fields:
        getattr(said.backend_operation_request, name).SetInParent()
    return said.SerializeToString()


ACTS_FOR_ALL = [
    message(clear_cache=True),
    message(load_git_info=True),
    message(set_run_on_save=True),
    message(debug_shutdown_runtime=True),
    operation(install_skills=1),
    operation(dismiss_skills_nudge=1),
]


@pytest.mark.parametrize("said", ACTS_FOR_ALL)
def test_messages_that_act_for_everybody_are_not_heeded_and_told(app, heard, caplog, said):
    rerun = BackMsg()
    rerun.rerun_script.query_string = "place=510100"
    with visitor(app).websocket_connect(STREAM) as socket:
        socket.send_bytes(said)
        socket.send_bytes(rerun.SerializeToString())
        assert socket.receive_bytes() == b"heard"
    assert heard == [rerun.SerializeToString()]
    assert "refused said=" in caplog.text


@pytest.mark.parametrize(
    "said",
    [
        message(app_heartbeat=True),
        message(stop_script=True),
        operation(deferred_file=1),
        operation(dataframe_chunk=1),
        b"\xff\xff no message at all",
    ],
)
def test_what_pages_send_and_what_streamlit_refuses_itself_goes_through(app, heard, said):
    with visitor(app).websocket_connect(STREAM) as socket:
        socket.send_bytes(said)
        assert socket.receive_bytes() == b"heard"
    assert heard == [said]


def test_figures_of_memory_and_other_interfaces_are_for_nobody_health_for_everybody(app):
    client = visitor(app)
    assert client.get("/_stcore/agent/openapi.json").status_code == 404
    assert client.post("/_stcore/agent/interact", json={}).status_code == 404
    assert client.get("/_stcore/metrics").status_code == 404
    assert client.get("/_stcore/metrics?families=x").status_code == 404
    assert client.get("/_stcore/health").text == "reached"


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setenv("CLUSTERS_ACCESS", "gateway")
    monkeypatch.setenv("CLUSTERS_GATEWAY_SECRET", "right")
    get_settings.cache_clear()
    yield {
        "X-Clusters-Gateway": "right",
        "X-Forwarded-User": "u",
        "X-Forwarded-Role": "viewer",
    }
    get_settings.cache_clear()


def test_behind_a_gateway_only_those_it_vouches_for_upload(app, gateway, caplog):
    client = visitor(app)
    assert client.put(UPLOAD, headers=gateway).text == "reached"
    for name in gateway:
        less = {key: value for key, value in gateway.items() if key != name}
        assert client.put(UPLOAD, headers=less).status_code == 403, name
        assert client.delete(UPLOAD, headers=less).status_code == 403, name
    assert client.put(UPLOAD, headers=gateway | {"X-Forwarded-Role": "none"}).status_code == 403
    assert "refused path=/_stcore/upload_file/" in caplog.text


def test_without_sign_in_other_machines_upload_nothing(app):
    assert visitor(app).put(UPLOAD).text == "reached"
    elsewhere = visitor(app, client=("192.0.2.7", 50000))
    assert elsewhere.put(UPLOAD).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST:80"])
def test_one_user_reaches_his_platform_under_the_names_of_this_machine(app, host):
    assert visitor(app, host).get("/_stcore/health").text == "reached"


@pytest.mark.parametrize("host", ["attacker.example:8501", "127.0.0.1.attacker.example", "x@y", ""])
def test_a_name_made_to_point_at_this_machine_is_refused(app, heard, caplog, host):
    client = visitor(app)
    answer = client.get("/_stcore/health", headers={"Host": host})
    assert answer.status_code == 421
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(STREAM, headers={"Host": host}) as socket,
    ):
        socket.send_bytes(b"")
    assert heard == []
    assert "refused why=this machine under another name" in caplog.text


def test_a_shared_platform_has_whatever_name_its_gateway_gives_it(app, gateway):
    assert visitor(app, "clusters.example").get("/_stcore/health").text == "reached"
