"""Entry of the app: `clusters app`, or `streamlit run app.py`.

Streamlit runs this file twice over: the server imports it to find ``app``, which adds the routes
for map scripts, and every visit runs it as ``__main__`` to draw the page.
"""

import streamlit as st

from clusters.ui import shell

if __name__ == "__main__":
    shell.run()
else:
    shell.own_navigation()
    app = st.App(__file__, routes=shell.routes(), on_script_error=shell.on_script_error)
