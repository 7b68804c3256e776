"""The server's icon: a dark bill on amber, drawn for this project."""

from typing import Final

ICON: Final = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwCAMAAABg3Am1AAAADFBMVEX/////wQcoKCj///+9HjV8AAAABHRSTlMA////sy1AiAAA"
    "AJZJREFUeNrd1tsOgCAMA9C1+/9/9sULkTlWNWrsc0+MhAFma5DE9kEhYr0lgCYAUagAEMX3AMS8BKgALqkBtikAcigs6YfCwr67"
    "H4kQuC8iBQwAuzUege5vQsCuvxFL1igUVu7P4sIXUOqXwWCV2iIrWyPZTJeAvFv1edAnTp/pE6fG/QfZH+6HB25R/WLXnw7640R5"
    "/kx55wpa7aU0vQAAAABJRU5ErkJggg=="
)
