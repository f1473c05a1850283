"""Entry of the app: `clusters app`, or `streamlit run app.py`.

Streamlit runs this file twice over: the server imports it to find ``app``, which adds the routes
and headers, and every visit runs it as ``__main__`` to draw the page.
"""

import streamlit as st

from clusters.ui import server, shell

if __name__ == "__main__":
    shell.run()
else:
    shell.own_navigation()
    app = st.App(__file__, **server.parts())  # Streamlit looks for this very call
