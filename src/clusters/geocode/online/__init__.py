"""Online geocoders as an option: Tianditu, Amap and Baidu behind one function."""

from clusters.geocode.online.run import COLUMNS, geocode_online, question_of
from clusters.geocode.online.services import SERVICES, Explanation, explain

__all__ = ["COLUMNS", "SERVICES", "Explanation", "explain", "geocode_online", "question_of"]
