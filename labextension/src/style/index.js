import './panel.css';
import './objects.css';
import './runs.css';
import './workflows.css';
