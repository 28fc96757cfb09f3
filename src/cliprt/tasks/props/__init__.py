"""Things to act on, as body values: each function returns a fresh, coloured Body."""

from cliprt.tasks.props.cabinet import cabinet
from cliprt.tasks.props.cube import cube
from cliprt.tasks.props.cup import cup
from cliprt.tasks.props.laptop import laptop
from cliprt.tasks.props.pooh import blanket, pooh

__all__ = ["blanket", "cabinet", "cube", "cup", "laptop", "pooh"]
